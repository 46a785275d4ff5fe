import { counter, gaugesFrom } from '../platform/metrics.js'
import type { Directory } from './directory.js'

export const directoryFailures = counter(
  'surety_directory_failures_total',
  'Times that the directory of callers could not be read: nobody gets in meanwhile.',
)

/** How long a look may take before the scrape goes on without it. */
const LOOK_MS = 1_000

/** Of this process: one, and a few where tests open several databases. */
export const directories = new Set<Directory>()

gaugesFrom(
  {
    surety_directory_age_seconds:
      'How old the directory of callers is, once it was asked for: more than half a second says that it cannot be read.',
  },
  async () => {
    // As a request would: where nobody asks it grows old and nothing is wrong.
    const looks = [...directories].map(each => each.look().catch(() => null))
    const late = new Promise(resolve => setTimeout(resolve, LOOK_MS).unref())
    await Promise.race([Promise.all(looks), late])
    return { surety_directory_age_seconds: Math.min(...[...directories].map(each => each.ageSeconds)) }
  },
)
