import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

/** What a test that needs it says when it isn't there. */
export const NO_CHROMIUM = 'skipped: no Chromium on this machine (Debian: apt-get install chromium)'

/** Where the program is, or null. */
export function findChromium(): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin'].filter(Boolean)
  return folders.map(folder => join(folder, 'chromium')).find(isExecutable) ?? null
}

export interface Browser {
  context: BrowserContext
  /** Every address that a page asked for beyond this machine: refused, and kept. */
  strangers: string[]
  close(): Promise<void>
}

/** A browser with a fresh profile that reaches this machine and nothing else. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'surety-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1360, height: 800 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Beside the refusals below, which don't see what the browser asks for on its own account.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  })
  const strangers: string[] = []
  await context.route(
    url => url.hostname !== '127.0.0.1' && /^(https?|wss?):$/.test(url.protocol),
    route => {
      strangers.push(route.request().url())
      return route.abort()
    },
  )
  return {
    context,
    strangers,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
