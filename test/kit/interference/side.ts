import { accessTable } from '../../../src/rooms.js'
import { decide, Partner, personOf } from '../partners.js'
import { Caller, type Customer, filledTerms, type Provider, World } from '../world.js'

/** All that an app may have, but for the log of what it was shown: that is written while its answers are on their way. */
export const APP_SCOPES = Object.entries(accessTable)
  .filter(([permission, rule]) => rule.app && permission !== 'disclosure:read')
  .map(([permission]) => permission)
const CATEGORIES = [
  'CONTRACT',
  'TICKET',
  'CONTACT',
  'INVOICE',
  'PAYMENT',
  'BACKUP_LOG',
  'CONSENT_RECORD',
  'BREACH',
]

/** When all worlds begin, and how far each step of the filling moves their clock. */
const BEGINNING = Date.parse('2026-04-01T09:00:00+08:00')
const STEP_MS = 1_000
const HOUR_MS = 3_600_000
/** Tokens of both worlds end at one instant, which callers can read; far enough away for a run through the night. */
const TOKEN_END_S = Math.floor(Date.now() / 1000) + 12 * 3600

/**
 * One of two worlds that are filled alike, step by step and at the same instants. What differs between the two is only
 * who else lives there.
 */
export class Side {
  readonly world: World
  readonly provider: Provider
  #now = BEGINNING

  private constructor(world: World, provider: Provider) {
    this.world = world
    this.provider = provider
  }

  static async create(): Promise<Side> {
    const world = await World.create()
    await world.freezeClock(new Date(BEGINNING))
    return new Side(world, await world.provider('harbour'))
  }

  /** The clock that decides moves on, and stands. */
  async tick(ms = STEP_MS): Promise<void> {
    this.#now += ms
    await this.world.freezeClock(new Date(this.#now))
  }

  /** Neighbours took time to fill in: both worlds go on from the later of their instants. */
  static async meet(one: Side, other: Side): Promise<void> {
    const later = Math.max(one.#now, other.#now)
    for (const side of [one, other]) await side.tick(later - side.#now)
  }

  get now(): Date {
    return new Date(this.#now)
  }

  /** A token that ends when the other world's does. */
  async caller(wish: Omit<Parameters<World['token']>[0], 'tenant' | 'ttl'>): Promise<Caller> {
    for (;;) {
      const ttl = TOKEN_END_S - Math.floor(Date.now() / 1000)
      const token = await this.world.token({ ...wish, tenant: this.provider.slug, ttl })
      const claims = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
      // A second may have passed between the two looks at the clock.
      if (claims.exp === TOKEN_END_S) return new Caller(this.world, token)
    }
  }

  /** A customer with something in every room, in as many states as an hour of its life brings about. */
  async fill(provider: Provider, number: string): Promise<Customer> {
    const customer = await provider.customer(number)
    const admin = await provider.admin()
    const person = await personOf(customer, `Somebody of ${number}`)
    await this.#do(admin, 'agreementDraft', {
      customerId: customer.id,
      terms: filledTerms(`zq-${number}-draft`),
    })
    const agreementId = await this.#agreement(customer, `zq-${number}`)
    await this.#do(admin, 'backupPolicySet', { agreementId, dailyAt: '10:30', graceMinutes: 15 })
    await this.#backUp(admin, agreementId)
    await this.#tickets(customer, agreementId)
    await this.#money(admin, agreementId)
    await this.#consents(customer, person)
    return customer
  }

  /** A third party that the customer lets have everything. */
  async authorize(customer: Customer): Promise<Partner> {
    await this.tick()
    const partner = await Partner.register(customer.provider, { scopes: APP_SCOPES })
    await partner.authorizedBy(customer, CATEGORIES, { operations: ['READ', 'WRITE', 'SUBSCRIBE'] })
    return partner
  }

  async #agreement(customer: Customer, number: string): Promise<string> {
    const admin = await customer.provider.admin()
    const terms = filledTerms(number)
    const { agreement } = await this.#do(
      admin,
      'agreementDraft',
      { customerId: customer.id, terms },
      'agreement { id }',
    )
    const agreementId = agreement.id as string
    const fees = { annualFee: { amount: '240000.00', currency: 'CNY' }, taxRatePercent: '6' }
    await this.#do(admin, 'feeScheduleSet', { agreementId, ...fees })
    const submitted = await this.#do(
      admin,
      'agreementSubmitForSigning',
      { agreementId },
      'agreement { currentVersion { contentHash } }',
    )
    const { contentHash } = submitted.agreement.currentVersion
    for (const caller of [admin, await customer.signatory()])
      await this.#do(caller, 'agreementSign', { agreementId, contentHash })
    return agreementId
  }

  /** Five faults: one answered, one solved, three that nobody looks at until their response is missed. */
  async #tickets(customer: Customer, agreementId: string): Promise<void> {
    const [member, agent] = [await customer.user('MEMBER'), await customer.provider.staff('AGENT')]
    const ids: string[] = []
    for (const subject of ['zqfirst', 'zqsecond', 'zqthird', 'zqfourth', 'zqfifth']) {
      const { ticket } = await this.#do(
        member,
        'ticketReport',
        { agreementId, kind: 'FAULT', subject },
        'ticket { id }',
      )
      ids.push(ticket.id)
    }
    await this.#do(agent, 'ticketRespond', { ticketId: ids[0], text: 'zqanswer' })
    await this.#do(agent, 'ticketResolve', { ticketId: ids[1], text: 'zqcure' })
    await this.#do(member, 'ticketComment', { ticketId: ids[2], text: 'zqcomment' })
    await this.tick(3 * HOUR_MS)
    await this.world.ringDue()
  }

  async #backUp(admin: Caller, agreementId: string): Promise<void> {
    const { backupRun } = await this.#do(admin, 'backupRunStart', { agreementId }, 'backupRun { id }')
    const finished = { runId: backupRun.id, succeeded: true, byteSize: '1024', sha256: 'a'.repeat(64) }
    await this.#do(admin, 'backupRunFinish', finished)
    await this.#do(admin, 'backupRunVerify', { runId: backupRun.id, succeeded: true, note: 'zqrestored' })
  }

  async #money(admin: Caller, agreementId: string): Promise<void> {
    const lines = [{ description: 'Maintenance', taxRatePercent: '6', gross: '106000.00' }]
    const { invoice } = await this.#do(admin, 'invoiceDraft', { agreementId, lines }, 'invoice { id }')
    await this.#do(admin, 'invoiceIssue', { invoiceId: invoice.id })
    const amount = { amount: '6000.00', currency: 'CNY' }
    const paid = { invoiceId: invoice.id, amount, creditedAt: this.now.toISOString(), reference: 'zqbank' }
    await this.#do(admin, 'paymentRecord', paid)
    await this.#do(admin, 'invoiceDraft', { agreementId, lines })
  }

  async #consents(customer: Customer, personId: string): Promise<void> {
    const partner = await this.authorize(customer)
    await this.tick()
    await decide(customer, 'consentGrant', await partner.asks(customer, personId))
    await partner.asks(customer, personId)
  }

  // biome-ignore lint/suspicious/noExplicitAny: the filling names the few fields it looks at
  async #do(caller: Caller, mutation: string, input: object, selection = ''): Promise<any> {
    await this.tick()
    const payload = await caller.mutate(mutation, input, selection)
    if (payload.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`)
    return payload
  }
}
