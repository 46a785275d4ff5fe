import { randomUUID } from 'node:crypto'
import type { Api } from './api.js'
import type { Parties } from './journey-agreement.js'
import { Reader } from './reader.js'
import { after, eventually, HOUR_MS, type Walk } from './walk.js'

/** What later steps go on with. */
export interface Reported {
  ticketId: string
  personId: string
  /** Subscribed to breaches since before the first one. */
  integrator: Reader
}

interface Clock {
  clause: string
  kind: string
  state: string
  dueAt: string
}

const TICKET = 'ticket { id number state receivedAt obligations { clause kind state dueAt } }'
const BREACHES = `subscription ($after: EventCursor) { breachEvents(after: $after) { id type time clause cursor previousCursor
  breach { number dutyClause liabilityClause owedBy occurredAt }
  assessment { id state rate basisAmount { amount currency } total { amount currency } } } }`

/** 2. A fault is answered in time and fixed late: its breach reaches an integrator exactly once. */
export async function reportFault(walk: Walk, parties: Parties): Promise<Reported> {
  const { personId, ticket } = await reportTwice(walk, parties)
  const integrator = await subscribe(walk)
  try {
    await answerInTime(walk, ticket.id)
    await cutOnce(walk, integrator)
    await fallDue(walk, parties, ticket.obligations, integrator)
    return { ticketId: ticket.id, personId, integrator }
  } catch (error) {
    await integrator.stop()
    throw error
  }
}

async function reportTwice(
  walk: Walk,
  { member, agreementId }: Parties,
): Promise<{ personId: string; ticket: { id: string; obligations: Clock[] } }> {
  const { person } = await member.change(
    'personUpsert',
    { name: 'Zhang San', email: 'zhang.san@customer.example' },
    'person { id }',
  )
  const input = {
    // The phone's own: made once for the intent, sent as often as the network needs.
    idempotencyKey: randomUUID(),
    agreementId,
    kind: 'FAULT',
    subject: 'The assistant gives no answers',
    reporterId: person.id,
  }
  const first = await member.changed('ticketReport', input, TICKET)
  walk.tell("The customer's user reports a fault from a phone.", first.payload.ticket)
  const second = await member.changed('ticketReport', input, TICKET)
  walk.holds('The phone sends it again with the same key: it is the same ticket.', second, {
    payload: first.payload,
    replayed: true,
  })
  const { tickets } = await member.ask('{ tickets { totalCount } }')
  const { ticket } = first.payload
  const { obligations, receivedAt } = ticket as { obligations: Clock[]; receivedAt: string }
  walk.holds(
    'One ticket, two clocks, due 2 and 24 hours after receipt to the millisecond (clause 2.3.1).',
    { tickets: tickets.totalCount, obligations },
    {
      tickets: 1,
      obligations: [
        { clause: '2.3.1', kind: 'FAULT_RESPONSE', state: 'RUNNING', dueAt: after(receivedAt, 2 * HOUR_MS) },
        { clause: '2.3.1', kind: 'FAULT_FIX', state: 'RUNNING', dueAt: after(receivedAt, 24 * HOUR_MS) },
      ],
    },
  )
  return { personId: person.id, ticket }
}

/** It reads what there is and takes the cursor with it, so that nothing falls between its read and its stream. */
async function subscribe(walk: Walk): Promise<Reader> {
  const service = await walk.as({ service: 'integrator', scope: ['breach:read', 'event:read'] })
  const { breaches, eventCursor } = await service.ask('{ breaches { totalCount } eventCursor }')
  const integrator = new Reader({
    address: walk.setting.address,
    token: service.token,
    document: BREACHES,
    after: eventCursor,
  })
  await integrator.connected()
  walk.tell('An integrator reads the breaches there are and subscribes from that cursor on.', breaches)
  return integrator
}

async function answerInTime(walk: Walk, ticketId: string): Promise<void> {
  const engineer = await walk.as({ role: ['AGENT'] })
  const { ticket } = await engineer.change(
    'ticketRespond',
    { ticketId, text: 'We are looking into it.' },
    'ticket { state responseObligation { state } }',
  )
  walk.holds('An engineer answers in time: the response clock has been met.', ticket, {
    state: 'RESPONDED',
    responseObligation: { state: 'MET' },
  })
}

async function cutOnce(walk: Walk, integrator: Reader): Promise<void> {
  await integrator.cut()
  walk.holds(
    "The integrator's connection is cut; it comes back and subscribes from its last cursor.",
    { connections: integrator.connections, events: integrator.frames.length },
    { connections: 2, events: 0 },
  )
}

async function fallDue(walk: Walk, { admin }: Parties, clocks: Clock[], integrator: Reader): Promise<void> {
  const dueAt = clocks.find(each => each.kind === 'FAULT_FIX')?.dueAt as string
  const since = integrator.cursor
  await walk.passUntil(admin, dueAt)
  const {
    id: _,
    cursor: __,
    previousCursor,
    assessment,
    ...frame
  } = await integrator.frame(0, 'the breach of the fix')
  const { id: ___, ...price } = assessment
  walk.holds('24 hours pass without a fix: the breach reaches the integrator, with its clauses.', frame, {
    type: 'BREACH_DETECTED',
    time: dueAt,
    clause: '2.3.1',
    breach: {
      number: 1,
      dutyClause: '2.3.1',
      liabilityClause: '5.1.1',
      owedBy: 'PROVIDER',
      occurredAt: dueAt,
    },
  })
  walk.holds('And with its price: 5 % of the annual fee, once (clause 5.3.1).', price, {
    state: 'INDICATIVE',
    rate: '5',
    basisAmount: { amount: '240000.00', currency: 'CNY' },
    total: { amount: '12000.00', currency: 'CNY' },
  })
  walk.holds(
    'It missed nothing over the cut: the frame before is the one it had last.',
    previousCursor,
    since,
  )
  await onlyOnce(walk, admin, integrator)
}

/** What the journal holds is what the stream brought: as many, by the same ids. */
export async function onlyOnce(walk: Walk, admin: Api, integrator: Reader): Promise<void> {
  const ids = async (): Promise<string[]> => {
    const { events } = await admin.ask('{ events(filter: { types: [BREACH_DETECTED] }) { nodes { id } } }')
    return events.nodes.map((each: { id: string }) => each.id)
  }
  const stored = await eventually(ids, stored => stored.length === integrator.frames.length)
  walk.holds(
    'Each breach came exactly once by its id, as a poll of the same events shows.',
    integrator.frames.map(each => each.id),
    stored,
  )
}
