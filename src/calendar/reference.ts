import { addDays } from '../platform/time.js'
import { CHINA } from './china.js'
import type { Period } from './working-days.js'

/**
 * The shared reference: what is published with a release, the same for all tenants. An *edition* is named by the last
 * year it knows; a later release adds editions and changes none, so that a deadline counted by one can be counted again.
 */
export interface Reference {
  jurisdiction: string
  edition: string
  source: string
  periods: readonly Period[]
}

/** Saturday and Sunday: where nobody has said otherwise. */
export const USUAL_WEEKEND: readonly number[] = [6, 7]

const NOTICES =
  '国务院办公厅关于部分节假日安排的通知 (General Office of the State Council, yearly notices 2004 to 2026)'

const REFERENCES: readonly Reference[] = [
  { jurisdiction: 'CN', edition: '2026', source: NOTICES, periods: Object.entries(CHINA).map(periodOfYear) },
]

/** The newest edition of a jurisdiction, or the one named; null where nothing is published with the release. */
export function referenceOf(jurisdiction: string, edition?: string): Reference | null {
  return (
    REFERENCES.findLast(
      each => each.jurisdiction === jurisdiction && (edition === undefined || each.edition === edition),
    ) ?? null
  )
}

function periodOfYear([year, [rest, work]]: [string, readonly [rest: string, work: string]]): Period {
  return {
    from: `${year}-01-01`,
    through: `${year}-12-31`,
    weekend: USUAL_WEEKEND,
    rest: new Set(daysOf(year, rest)),
    work: new Set(daysOf(year, work)),
  }
}

/** `02-15/02-23` is a run of days, both ends included. */
function daysOf(year: string, runs: string): string[] {
  return runs.split(' ').flatMap(run => {
    const [from, through = from] = run.split('/') as [string, string?]
    const days = [`${year}-${from}`]
    while ((days.at(-1) as string) < `${year}-${through}`) days.push(addDays(days.at(-1) as string, 1))
    return days
  })
}
