import { type Frame, Reader } from './reader.js'

/** Every event, in short. */
const EVENTS = `subscription ($after: EventCursor) { events(after: $after) { id type time clause cursor previousCursor
  subject { __typename id } agreement { number } } }`
/** Breaches with their clauses and their price. */
const BREACHES = `subscription ($after: EventCursor) { breachEvents(after: $after) { id type time cursor previousCursor
  breach { number dutyClause liabilityClause owedBy occurredAt agreement { number customer { name } } }
  assessment { state total { amount currency } } } }`

export interface WatchOptions {
  address: string
  token: string
  breaches: boolean
  after?: string | null
  onFrame: (frame: Frame) => void
  onLoss: (why: string) => void
  leaving: AbortSignal
}

/** Reads events until told to leave. Throws when there is no use in coming back. */
export async function watch(options: WatchOptions): Promise<void> {
  const { breaches, leaving, ...rest } = options
  const reader = new Reader({ ...rest, document: breaches ? BREACHES : EVENTS })
  leaving.addEventListener('abort', () => void reader.stop(), { once: true })
  await reader.ended
}
