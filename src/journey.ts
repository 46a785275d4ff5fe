import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JOURNEY_TENANT, JourneyError, runJourney, type Told } from './client/index.js'
import { type Service, start } from './main.js'
import type { EmbeddedClock } from './persistence/embedded-clock.js'
import { readConfig } from './platform/config.js'
import { createLogger } from './platform/log.js'
import { createTenant } from './tenancy/index.js'
import { issueToken } from './token.js'

/**
 * The journey on a server of its own, whose folder is gone afterwards: no other database's clock is moved, and no
 * setting of the environment leads it to one.
 */
export async function journeyOnItsOwn(tell: (told: Told) => void, leaving: AbortSignal): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'surety-journey-'))
  try {
    const service = await serviceIn(dataDir)
    try {
      await Promise.race([travel(service, tell), aborted(leaving)])
    } finally {
      await service.close()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function serviceIn(dataDir: string): Promise<Service> {
  // Port 0: the system chooses one that nobody uses.
  const config = readConfig({ SURETY_DATA_DIR: dataDir, PORT: '0' })
  return start(config, createLogger('error'), 'all', async base => {
    await createTenant(base.database, { slug: JOURNEY_TENANT, name: 'Journey Provider Ltd' })
  })
}

async function travel(service: Service, tell: (told: Told) => void): Promise<void> {
  await runJourney({
    address: service.address as string,
    token: options => issueToken(service, { ...options, ttl: TOKEN_SECONDS }),
    pass: ms => (service.clock as EmbeddedClock).shiftBy(ms),
    tell,
  })
}

/** Tokens live by the real clock, which the journey doesn't move: it takes seconds. */
const TOKEN_SECONDS = 10 * 60

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new JourneyError('The journey was broken off.')), {
      once: true,
    }),
  )
}
