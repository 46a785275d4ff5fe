import { defineEntity, p } from '@mikro-orm/postgresql'
import { type Condition, customerOwned, type Operation } from '../persistence/index.js'
import { badInput } from '../tenancy/index.js'
import type { Ticket } from './ticket.js'

/**
 * Search without knowing where a word ends, as Chinese asks for: by the pairs of neighbouring characters of a text. They
 * stand in a table of their own, since under row-level security no index is reached by an operator that isn't leakproof,
 * and those of full-text search, of trigrams and of arrays aren't; the equality of numbers is.
 */
export const TicketBigram = defineEntity({
  name: 'TicketBigram',
  tableName: 'ticket_bigrams',
  properties: {
    tenantId: p.uuid().primary(),
    /** Both code points in one number: the first above 21 bits, which hold any, the second below. */
    bigram: p.bigint().primary(),
    ticketId: p.uuid().primary(),
    customerId: p.uuid(),
  },
  ...customerOwned('TICKET'),
})

/** How much of a ticket is found by: the longest subject, and a thousand characters of the description. A row is kept for each pair of them. */
const MAX_SEARCHED = 1_301
/** Longest text to search for. A subject has no more. */
const MAX_SEARCH = 300
/** Pairs that are looked up for one search. Eight leave few tickets that hold them all by chance; every word is then looked for as it is. */
const MAX_PAIRS = 8

/** Letters as they are compared: full-width ones are taken for what they are, and of Latin ones the case doesn't count. */
const folded = (text: string): string =>
  text.normalize('NFKC').replaceAll(/[A-Z]+/g, letters => letters.toLowerCase())
/** The same in SQL. */
const FOLDED = `lower(normalize(subject || E'\\n' || description, NFKC) collate "C")`

/** The pairs of neighbouring characters in a folded text, none across a space. */
function pairsOf(text: string): number[] {
  const points = Array.from(text, character => (/\s/.test(character) ? null : character.codePointAt(0)))
  const pairs = new Set<number>()
  points.forEach((second, index) => {
    const first = points[index - 1]
    if (first != null && second != null) pairs.add(first * 2 ** 21 + second)
  })
  return [...pairs]
}

/** Makes a new ticket found by what it says. */
export async function addToSearch(operation: Operation, ticket: Ticket): Promise<void> {
  const characters = Array.from(`${ticket.subject}\n${ticket.description}`)
  await operation.run(
    'insert into ticket_bigrams (tenant_id, bigram, ticket_id, customer_id) select $1, pair, $3, $4 from unnest($2::bigint[]) as pair',
    [
      ticket.tenantId,
      pairsOf(folded(characters.slice(0, MAX_SEARCHED).join(''))),
      ticket.id,
      ticket.customerId,
    ],
  )
}

/** Tickets that say every one of the words, somewhere. Words are divided by spaces; Chinese needs none. */
export function searchConditions(search: string): Condition[] {
  if (search.length > MAX_SEARCH) throw badInput('SEARCH_TOO_LONG', { max: MAX_SEARCH })
  if (search.includes('\0') || !search.isWellFormed()) return [{ sql: 'false' }]
  const words = folded(search)
    .split(/\s+/)
    .filter(word => word !== '')
  const pairs = [...new Set(words.flatMap(pairsOf))].slice(0, MAX_PAIRS)
  const found = pairs.map(() => 'select ticket_id from ticket_bigrams where bigram = ?').join(' intersect ')
  return [
    // As an array, which is made first: however common a pair is, tickets are then read by their key and not one by one.
    ...(pairs.length > 0 ? [{ sql: `id = any (array(${found}))`, values: pairs }] : []),
    ...words.map(word => ({ sql: `position(? in ${FOLDED}) > 0`, values: [word] })),
  ]
}
