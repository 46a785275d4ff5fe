import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = join(import.meta.dirname, '../..')

/** A program of README's, by the name in its first line, as whoever copies it from there has it. */
// biome-ignore lint/suspicious/noExplicitAny: it is plain JavaScript
export async function readmeProgram(name: string): Promise<any> {
  const blocks = readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```js\n([^]*?)^```$/gm)
  const text = [...blocks].map(([, block]) => block as string).find(each => each.startsWith(`// ${name}\n`))
  if (!text) throw new Error(`README has no ${name}`)
  // Beside the packages that it imports.
  const cache = join(ROOT, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'readme-'))
  try {
    writeFileSync(join(folder, name), text)
    return await import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
