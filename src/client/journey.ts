import { bringIntoForce } from './journey-agreement.js'
import { backUp } from './journey-backups.js'
import { letThirdPartyIn } from './journey-consents.js'
import { collect } from './journey-invoices.js'
import { reportFault } from './journey-tickets.js'
import { type Setting, Walk } from './walk.js'

/** Something went otherwise than promised: says in which step. */
export class JourneyError extends Error {}

/** The journey through every room, from an agreement to a consent that is withdrawn. Throws a {@link JourneyError}. */
export async function runJourney(setting: Setting): Promise<void> {
  const walk = new Walk(setting)
  try {
    await walkThrough(walk)
  } catch (error) {
    throw new JourneyError(`Step ${walk.at} failed after "${walk.last}": ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function walkThrough(walk: Walk): Promise<void> {
  const parties = await bringIntoForce(walk)
  walk.at = 2
  const reported = await reportFault(walk, parties)
  try {
    walk.at = 3
    await collect(walk, parties)
    walk.at = 4
    await backUp(walk, parties, reported.integrator)
    walk.at = 5
    await letThirdPartyIn(walk, parties, reported)
  } finally {
    await reported.integrator.stop()
  }
}
