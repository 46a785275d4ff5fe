import { uuidOf } from '../../../src/platform/ids.js'
import { decide, Partner, personOf } from '../partners.js'
import type { Customer, World } from '../world.js'
import type { TenantTable } from './catalogue.js'

/**
 * What the attackers' customer lets its partner see: not its backups, and not what it decided of others. Payments go with
 * BREACH, since the clock of an invoice stops at the instant it was paid.
 */
const AUTHORIZED: readonly string[] = ['CONTRACT', 'TICKET', 'CONTACT', 'INVOICE', 'PAYMENT', 'BREACH']
/** What of a person is the person's own to open. */
const PERSONAL: readonly string[] = ['name', 'email', 'phone']

/** The app among the attackers that the attackers' customer has authorised, and the people it is authorised to see. */
export class Partnership {
  readonly partner: Partner
  readonly token: string
  /** One who consented, one who did and withdrew, one who was never asked. */
  readonly people: { open: string; withdrawn: string; unasked: string }

  private constructor(parts: Pick<Partnership, 'partner' | 'token' | 'people'>) {
    this.partner = parts.partner
    this.token = parts.token
    this.people = parts.people
  }

  static async begin(customer: Customer, scopes: string[]): Promise<Partnership> {
    const partner = await Partner.register(customer.provider, { name: "The attackers' partner", scopes })
    await partner.authorizedBy(customer, [...AUTHORIZED], { operations: ['READ', 'SUBSCRIBE', 'WRITE'] })
    const [open, withdrawn, unasked] = [
      await personOf(customer),
      await personOf(customer),
      await personOf(customer),
    ]
    for (const person of [open, withdrawn]) {
      const record = await partner.asks(customer, person, { recipientName: partner.name })
      await decide(customer, 'consentGrant', record)
      if (person === withdrawn) await decide(customer, 'consentWithdraw', record)
    }
    const { token } = await partner.caller()
    return new Partnership({ partner, token, people: { open, withdrawn, unasked } })
  }

  /** Whether a cell of the customer's own is open to the partner: by its category, and a person's by consent as well. */
  opens(table: TenantTable, row: Record<string, unknown>, column: string | null): boolean {
    // A duty names what it is about (BREACH), also where that is no more than an id to who may not see it.
    if (table.name === 'backup_slots' && column === 'id') return true
    if (!AUTHORIZED.includes(table.categoryOf(row) ?? '')) return false
    const isPersonal = table.name === 'persons' && column !== null && PERSONAL.includes(column)
    return !isPersonal || row.id === uuidOf('prs', this.people.open)
  }

  /**
   * The partner itself, what it is authorised by, and whose consent is looked at: whoever changed one of these would change
   * what the partner may see, or leave nothing to look for. Of people, those who were never asked are anybody's to change.
   */
  async foundations(world: World): Promise<string[]> {
    const rows = await world.sqlAsSuperuser<{ id: string }>(
      `select id from disclosure_authorizations where app_id = $1
       union all select id from consent_records where app_id = $1`,
      [this.partner.uuid],
    )
    const people = [this.people.open, this.people.withdrawn].map(id => uuidOf('prs', id) as string)
    return [this.partner.uuid, ...people, ...rows.map(row => row.id)]
  }
}
