import { done } from '../kit/done.js'
import { type AgreementHandle, type Caller, type Customer, type Provider, World } from '../kit/world.js'

/** One fault at a time, told by the clock on the wall: who reports it, who answers it, and what its clocks say. */
export class Desk {
  readonly world: World
  readonly provider: Provider
  readonly customer: Customer
  readonly agreement: AgreementHandle
  readonly member: Caller
  readonly agent: Caller
  readonly admin: Caller

  private constructor(parts: Omit<Desk, 'at' | 'report' | 'see' | 'act' | 'refused'>) {
    this.world = parts.world
    this.provider = parts.provider
    this.customer = parts.customer
    this.agreement = parts.agreement
    this.member = parts.member
    this.agent = parts.agent
    this.admin = parts.admin
  }

  static async open(world: World, terms: object = {}, signedAt = '2026-02-01T09:00:00+08:00'): Promise<Desk> {
    await world.freezeClock(signedAt)
    const provider = await world.provider()
    const customer = await provider.customer()
    return new Desk({
      world,
      provider,
      customer,
      agreement: await customer.agreement({ responseHours: '2', fixHours: '24', ...terms }),
      member: await customer.user('MEMBER'),
      agent: await provider.staff('AGENT'),
      admin: await provider.admin(),
    })
  }

  /** The clock stands at this instant of Shanghai, e.g. `2026-03-02T10:00`, and whatever was due has rung. */
  async at(instant: string): Promise<void> {
    const seconds = instant.length === 16 ? `${instant}:00` : instant
    await this.world.freezeClock(`${seconds}+08:00`)
    while ((await this.world.ringDue()) > 0);
  }

  /** Reports now; answers its id. */
  async report(input: object = {}, agreementId = this.agreement.id): Promise<string> {
    const given = { agreementId, kind: 'FAULT', subject: 'No answers', ...input }
    return (await done(this.member, 'ticketReport', given, 'ticket { id }')).ticket.id
  }

  /** Does something with a ticket, as the agent unless somebody else is named. */
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  act(mutation: string, ticketId: string, input: object = {}, who: Caller = this.agent): Promise<any> {
    const selection = mutation.endsWith('Info')
      ? 'question { id state } ticket { state }'
      : 'ticket { state }'
    return done(who, mutation, { ticketId, ...input }, selection)
  }

  /** What somebody is told who tries it. */
  async refused(
    mutation: string,
    ticketId: string,
    input: object = {},
    who: Caller = this.agent,
  ): Promise<{ code: string; field: string[] | null; message: string }[]> {
    return (await who.mutate(mutation, { ticketId, ...input })).userErrors
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async see(
    ticketId: string,
    selection = 'state responseObligation { state dueAt } fixObligation { state dueAt }',
  ): Promise<any> {
    return (await this.admin.ask(`query ($id: ID!) { ticket(id: $id) { ${selection} } }`, { id: ticketId }))
      .ticket
  }
}
