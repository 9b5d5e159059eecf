/** The page's style sheet: light and dark, wide and narrow. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --ink: #1d1d1b; --muted: #66655f; --rule: #dcdbd4; --band: #f3f2ed;
  --cpc-separable: #0b5fa5; --cpc-cosine: #3593d0; --wpc-penalty: #c9471a; --wdm-penalty: #a87400; --wpc-certified: #00805c;
  --digit-0: #3457c8; --digit-1: #b07d00; --digit-2: #d8462f; --digit-3: #2a8f7a; --digit-4: #2b8a3e;
  --digit-5: #d1487f; --digit-6: #8743d9; --digit-7: #4b86d8; --digit-8: #7f5238; --digit-9: #6d7179;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171716; --ink: #e9e8e3; --muted: #a09f97; --rule: #3a3936; --band: #20201e;
    --cpc-separable: #5b9fe3; --cpc-cosine: #a5d4f7; --wpc-penalty: #ff8557; --wdm-penalty: #e8b43a; --wpc-certified: #3dcb9b;
    --digit-0: #7c97f2; --digit-1: #efb118; --digit-2: #ff725c; --digit-3: #6cc5b0; --digit-4: #4fc065;
    --digit-5: #ff8ab7; --digit-6: #b987f6; --digit-7: #97bbf5; --digit-8: #c79a7c; --digit-9: #a9adb5;
  }
}
* { box-sizing: border-box; }
html { font-size: 106.25%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; padding: clamp(1.25rem, 5vw, 4rem) clamp(1rem, 4vw, 2rem) 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Charter, 'Bitstream Charter', 'Iowan Old Style', 'Source Serif 4', Georgia, 'DejaVu Serif', serif;
}
main, header, footer { max-width: 46.25rem; margin-inline: auto; }
h1, h2, h3, h4, th, td, .facts, .legend, .panel, svg, footer { font-family: system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
h1 { margin: 0 0 .4rem; font-size: clamp(1.6rem, 5vw, 2.2rem); line-height: 1.15; letter-spacing: -.015em; font-weight: 700; }
h2 { margin: 3.2rem 0 .8rem; font-size: 1.25rem; line-height: 1.25; }
h3 { margin: 0 0 .7rem; font-size: 1.05rem; line-height: 1.3; font-weight: 650; }
h4 { margin: 0 0 .35rem; font-size: .82rem; line-height: 1.3; font-weight: 600; display: flex; justify-content: space-between; gap: .5rem; }
h4 .figure { color: var(--muted); font-weight: 400; font-variant-numeric: tabular-nums; white-space: nowrap; }
p { margin: 0 0 1rem; }
.subtitle { color: var(--muted); margin-bottom: 1.6rem; }
.lead { font-size: 1.08rem; }
.facts { display: flex; flex-wrap: wrap; gap: .8rem 2.2rem; margin: 0 0 1.8rem; padding: .9rem 0; border-block: 1px solid var(--rule); }
.facts div { min-width: 6.5rem; }
.facts dt { font-size: .72rem; color: var(--muted); }
.facts dd { margin: 0; font-size: .98rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 3rem 0; }
figcaption { margin-top: .7rem; font-size: .88rem; line-height: 1.5; color: var(--muted); max-width: 42rem; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; --plot-background: var(--paper); }
.narrow { display: none; }
.legend { list-style: none; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .6rem; padding: 0; font-size: .8rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: 28px; height: 14px; flex: none; }
.samples { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.2rem 2rem; }
.pair { display: grid; grid-template-columns: 1fr auto 1fr; align-items: center; gap: .7rem; color: var(--muted); }
.pair img { width: 100%; height: auto; image-rendering: pixelated; border-radius: 3px; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.4rem 1.1rem; }
.scroll { overflow-x: auto; margin: 0 calc(-1 * clamp(0rem, (100vw - 46.25rem) / 2 - 2rem, 7rem)); }
table { border-collapse: collapse; width: 100%; font-size: .8rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { padding: .42rem .55rem; text-align: left; white-space: nowrap; vertical-align: baseline; }
th:first-child { padding-left: 0; } td:last-child { padding-right: 0; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; }
tbody th { font-weight: 600; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
.remark { margin-top: .6rem; font-size: .88rem; color: var(--muted); }
.number { text-align: right; }
tbody th, thead th:first-child { position: sticky; left: 0; background: var(--paper); }
.key { display: inline-block; width: .62em; height: .62em; border-radius: 50%; margin-right: .5em; }
dl { margin: 0; }
#notes dt { font-weight: 650; font-family: system-ui, sans-serif; font-size: .92rem; margin-top: .9rem; }
#notes dd { margin: .1rem 0 0; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .78rem; color: var(--muted); }
code { font-family: ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', monospace; font-size: .92em; }
@media (max-width: 40rem) {
  .wide { display: none; } .narrow { display: block; } .legend.narrow { display: flex; }
  .panels { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem .7rem; }
  .samples { grid-template-columns: 1fr; }
  figure { margin: 2.2rem 0; }
}
@media print { body { padding: 0; } figure, tr { break-inside: avoid; } }
`;
