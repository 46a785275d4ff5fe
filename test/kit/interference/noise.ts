import type { AgreementHandle, Caller, Customer } from '../world.js'

/** Somebody who lives next door and doesn't stop writing: in every room, over the same server and the same database. */
export class Noise {
  /** Changes that were made. */
  writes = 0
  readonly #customer: Customer
  readonly #callers: { admin: Caller; member: Caller }
  readonly #agreement: AgreementHandle
  #over = false
  #running: Promise<void> = Promise.resolve()

  private constructor(
    customer: Customer,
    callers: { admin: Caller; member: Caller },
    agreement: AgreementHandle,
  ) {
    this.#customer = customer
    this.#callers = callers
    this.#agreement = agreement
  }

  static async by(customer: Customer): Promise<Noise> {
    const callers = { admin: await customer.provider.admin(), member: await customer.user('MEMBER') }
    return new Noise(customer, callers, await customer.agreement())
  }

  /** Writes while something else happens; fails when it couldn't write. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#over = false
    this.#running = this.#write()
    try {
      return await work()
    } finally {
      this.#over = true
      await this.#running
    }
  }

  async #write(): Promise<void> {
    const { admin, member } = this.#callers
    const agreementId = this.#agreement.id
    while (!this.#over) {
      const { ticket } = await this.#do(
        member,
        'ticketReport',
        { agreementId, kind: 'FAULT', subject: 'Noise' },
        'ticket { id }',
      )
      await this.#do(admin, 'ticketRespond', { ticketId: ticket.id, text: 'Noise' })
      await this.#do(member, 'personUpsert', { name: 'Noise' })
      await this.#do(admin, 'agreementSuspend', { agreementId, scopes: ['BACKUP'], reason: 'Noise' })
      await this.#do(admin, 'agreementResume', { agreementId, scopes: ['BACKUP'] })
      const lines = [{ description: 'Noise', taxRatePercent: '6', gross: '106.00' }]
      const { invoice } = await this.#do(admin, 'invoiceDraft', { agreementId, lines }, 'invoice { id }')
      await this.#do(admin, 'invoiceIssue', { invoiceId: invoice.id })
      await this.#customer.draft()
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: the noise names the few fields it looks at
  async #do(caller: Caller, mutation: string, input: object, selection = ''): Promise<any> {
    const payload = await caller.mutate(mutation, input, selection)
    if (payload.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`)
    this.writes += 1
    return payload
  }
}
