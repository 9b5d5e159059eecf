import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Makes `project` (which must exist) a project with what `npm pack` gives in its node_modules: as npm would install it,
 * but without a network, its dependencies being links to those here.
 *
 * @returns the installed package's folder
 */
export async function installPackage(project: string): Promise<string> {
  const modules = join(project, 'node_modules');
  await mkdir(modules);
  const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', modules], {
    cwd: root,
  });
  const tarball = join(modules, stdout.trim());
  await run('tar', ['-xzf', tarball, '-C', modules]);
  const installed = join(modules, 'kantorovich');
  await rename(join(modules, 'package'), installed);
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  for (const name of Object.keys(dependencies)) await symlink(join(root, 'node_modules', name), join(modules, name));
  await writeFile(join(project, 'package.json'), '{"name":"project","private":true,"type":"module"}\n');
  return installed;
}
