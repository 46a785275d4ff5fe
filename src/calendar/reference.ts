import { CHINA } from './china.js'
import type { WorkingDays } from './working-days.js'

/** Saturday and Sunday. */
const SATURDAY_AND_SUNDAY = [6, 7]

/** What a year's table says, day by day. */
export function daysOfYear(year: number, text: string): string[] {
  return text.split(' ').flatMap(run => {
    const [from, through = from] = run.split('/') as [string, string?]
    const days: string[] = []
    const end = Date.parse(`${year}-${through}T00:00:00Z`)
    for (let day = Date.parse(`${year}-${from}T00:00:00Z`); day <= end; day += DAY_MS)
      days.push(new Date(day).toISOString().slice(0, 10))
    return days
  })
}

/** Of a day in UTC, which has no daylight saving. */
const DAY_MS = 86_400_000

/** Mainland China as it is published with this release. */
export function chinaAsPublished(): WorkingDays {
  const years = Object.keys(CHINA).map(Number)
  const days = (part: 0 | 1): string[] =>
    years.flatMap(year => daysOfYear(year, (CHINA[year] as readonly [string, string])[part]))
  return {
    weekend: SATURDAY_AND_SUNDAY,
    rest: new Set(days(0)),
    work: new Set(days(1)),
    publishedFrom: `${Math.min(...years)}-01-01`,
    publishedThrough: `${Math.max(...years)}-12-31`,
  }
}
