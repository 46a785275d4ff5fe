import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Compiled {
  /** The compiled command line, to be run by Node. */
  cli: string
  /** Takes away what was compiled for this alone. */
  remove: () => void
}

/** The program as it is shipped: `dist` when it's of these sources, else compiled anew beside the packages it imports. */
export function compiled(): Compiled {
  const built = join(root, 'dist/src/cli.js')
  if (existsSync(built) && statSync(built).mtimeMs > newestSource())
    return { cli: built, remove: () => undefined }
  const outDir = join(root, 'node_modules/.cache', `surety-${process.pid}-${Date.now()}`)
  mkdirSync(outDir, { recursive: true })
  const tsc = join(root, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', outDir], { cwd: root, stdio: 'pipe' })
  return { cli: join(outDir, 'src/cli.js'), remove: () => rmSync(outDir, { recursive: true, force: true }) }
}

function newestSource(): number {
  const files = ['src', 'migrations'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
  return Math.max(...files)
}
