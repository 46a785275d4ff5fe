import type { Attacker } from './attackers.js'
import type { Canary } from './canaries.js'
import type { CanaryWorld } from './world.js'

/** What an answer must not show. */
export interface Fault {
  what: 'canary' | 'canary in an error' | 'canary in the log' | 'count' | 'INTERNAL' | 'status'
  detail: string
  canary: Canary | null
}

/** All that came back for one request. */
export interface Answer {
  status: number
  /** The headers, a line each. */
  head: string
  text: string
  /** The text as JSON; null when it's none. */
  body: Body | null
}

interface Body {
  data?: unknown
  errors?: {
    path?: (string | number)[]
    /** Places in the document that was sent. */
    locations?: unknown
    extensions?: { code?: string }
  }[]
  extensions?: unknown
}

/** A content hash has 64 characters; what is longer is nothing that an input takes again. */
const LONGEST_LEARNT = 100

export function readAnswer(status: number, headers: Headers, text: string): Answer {
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  try {
    return { status, head, text, body: JSON.parse(text) as Body }
  } catch {
    return { status, head, text, body: null }
  }
}

/** What is wrong with an answer, and how many canaries it shows that its caller may see. */
export function judge(
  { book, spoken }: CanaryWorld,
  attacker: Attacker,
  answer: Answer,
): { faults: Fault[]; seen: number } {
  const { body, status, text, head } = answer
  const errors = body?.errors ?? []
  // A line or a column says where something stood in the request, and may be any number.
  const numbers = [body?.data, body?.extensions, errors.map(error => ({ ...error, locations: null }))]
  const shown = [...book.find(text), ...book.find(head), ...book.findNumbers(numbers)]
  const hidden = shown.filter(canary => !attacker.maySee.has(canary.group))
  const faults: Fault[] = [
    ...(body && (status === 200 || status === 400) ? [] : [fault('status', String(status))]),
    // What was said to the tenant as a text, it may have stored and answer with.
    ...hidden.filter(canary => !isEcho(canary, spoken)).map(canary => of('canary', canary)),
    // An error repeats no value that was submitted, and none that is stored, whoever may see it.
    ...book.find(JSON.stringify(errors)).map(canary => of('canary in an error', canary)),
    ...errors
      .filter(error => error.extensions?.code === 'INTERNAL')
      .map(error => fault('INTERNAL', `at ${error.path?.join('.') ?? 'no path'}`)),
    ...wrongCounts(body?.data).map(wrong => fault('count', wrong)),
  ]
  return { faults, seen: shown.length - hidden.length }
}

/** An id is none, whoever named it, but for an app's: what was authorised says of which app. Another tenant's never is. */
const isEcho = ({ group, table, column, text }: Canary, spoken: ReadonlySet<string>): boolean =>
  spoken.has(text) && (column !== 'id' || (table === 'apps' && group !== 'foreign'))

/** Nothing of anybody's content is in the log, whoever may see it; only the short names of tenants are, each with its work. */
export function judgeLog({ book }: CanaryWorld, line: string): Fault[] {
  return book
    .find(line)
    .filter(
      ({ group, table, column }) =>
        !(group === 'tenant' && table === 'tenants') && `${table}.${column}` !== 'tenants.slug',
    )
    .map(canary => of('canary in the log', canary))
}

const fault = (what: Fault['what'], detail: string): Fault => ({ what, detail, canary: null })

const of = (what: Fault['what'], canary: Canary): Fault => ({
  what,
  detail: `${canary.group} ${canary.table}.${canary.column} ${canary.text}`,
  canary,
})

/** A connection whose page is the whole list counts what is on it: whatever it counts beside is a row that isn't shown. */
function wrongCounts(data: unknown): string[] {
  return [...objectsIn(data)].flatMap(object => {
    const { totalCount, nodes, pageInfo } = object as {
      totalCount?: number
      nodes?: unknown[]
      pageInfo?: { hasNextPage: boolean; hasPreviousPage: boolean }
    }
    if (typeof totalCount !== 'number' || !nodes || !pageInfo) return []
    const complete = !pageInfo.hasNextPage && !pageInfo.hasPreviousPage
    const wrong = complete ? totalCount !== nodes.length : totalCount < nodes.length
    return wrong ? [`${totalCount} are counted, ${nodes.length} are shown`] : []
  })
}

/** Root fields that answered something, by the name before their alias's number. */
export function answeredFields(data: unknown): string[] {
  const entries = Object.entries((data ?? {}) as Record<string, { userErrors?: unknown[] } | null>)
  return entries.flatMap(([alias, value]) =>
    value === null || (value.userErrors?.length ?? 0) > 0 ? [] : [alias.replace(/_\d+$/, '')],
  )
}

/** Every object of an answer that says its type and id. */
export function nodesIn(data: unknown): { __typename: string; id: string }[] {
  return [...objectsIn(data)].flatMap(object => {
    const { __typename, id } = object as { __typename?: unknown; id?: unknown }
    return typeof __typename === 'string' && typeof id === 'string' ? [{ __typename, id }] : []
  })
}

/** Short texts of an answer by the names of their fields, each with the ids of the objects it stands in, from the root on. */
export function* textsIn(
  value: unknown,
  ids: readonly string[] = [],
): Generator<{ name: string; text: string; ids: readonly string[] }> {
  if (typeof value !== 'object' || value === null) return
  const { id } = value as { id?: unknown }
  const within = typeof id === 'string' ? [...ids, id] : ids
  for (const [alias, each] of Object.entries(value)) {
    const isText = typeof each === 'string' && each.length <= LONGEST_LEARNT
    if (isText) yield { name: alias.replace(/_\d+$/, ''), text: each, ids: within }
    else yield* textsIn(each, within)
  }
}

function* objectsIn(value: unknown): Generator<object> {
  if (typeof value !== 'object' || value === null) return
  yield value
  for (const each of Object.values(value)) yield* objectsIn(each)
}
