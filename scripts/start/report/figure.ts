import { escapeHtml } from '../../../ts/cli/figures/html.js';

/** What stands around a picture. */
export interface FigureText {
  /** For links and tests. */
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly caption: string;
}

/** A figure with its title above and its caption below. `content` is HTML. */
export function figure({ id, title, caption }: FigureText, content: string): string {
  return `<figure id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${escapeHtml(title)}</h3>
${content}
<figcaption>${caption}</figcaption>
</figure>`;
}
