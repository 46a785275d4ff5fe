import pg from 'pg'

/** Of any zone and era, as the driver has it. */
const readAny: (text: string) => Date = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ)

/**
 * A timestamptz as PostgreSQL writes it, cut to the millisecond like everywhere. A page of rows has hundreds of them, and
 * nearly all look like `2026-04-01 09:30:00.123456+00`: those are read by their places, which takes a quarter of the time.
 */
export function instantOf(text: string): Date {
  const end = text.length - '+00'.length
  // Years 0 to 99 would be taken for those of the last century.
  if (end < WITHOUT_FRACTION || text[10] !== ' ' || !text.endsWith('+00') || text.startsWith('00'))
    return readAny(text)
  let ms = 0
  for (let at = WITHOUT_FRACTION + 1; at <= WITHOUT_FRACTION + 3; at++)
    ms = ms * 10 + (at < end ? digit(text, at) : 0)
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const [month, day] = [twoDigits(text, 5) - 1, twoDigits(text, 8)]
  return new Date(
    Date.UTC(year, month, day, twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17), ms),
  )
}

/** Length of `2026-04-01 09:30:00`. */
const WITHOUT_FRACTION = 19

const digit = (text: string, at: number): number => text.charCodeAt(at) - ZERO
const twoDigits = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)
const ZERO = '0'.charCodeAt(0)
