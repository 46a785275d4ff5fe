import { type Agreement, type AgreementVersion, CoveredSoftware, SOFTWARE_ID } from '../agreements/index.js'
import type { Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { uuidOf } from '../platform/ids.js'
import { checkText, PERSON_ID } from '../tenancy/index.js'

/** Which software a ticket is about: one of the covered ones by its id, or any in the reporter's words. */
export interface SoftwareChoice {
  softwareId?: string | null
  software?: { product: string; version?: string | null; environment?: string | null } | null
}

export interface TicketSoftware {
  softwareId: string | null
  covered: boolean
  softwareProduct: string | null
  softwareVersion: string | null
  softwareEnvironment: string | null
}

const UNSAID = { softwareProduct: null, softwareVersion: null, softwareEnvironment: null }

/**
 * Finds what is stated among the covered software of the version (1.2.1). A version that lists none covers whatever it is
 * used with, and a ticket that names none is taken for one about covered software: nobody loses a clock by saying less.
 */
export async function softwareOf(
  operation: Operation,
  version: AgreementVersion,
  choice: SoftwareChoice,
): Promise<TicketSoftware> {
  if (choice.softwareId != null && choice.software != null)
    throw refuse('INVALID', { field: ['input', 'software'], messageKey: 'SOFTWARE_TWICE', clause: '1.2.1' })
  if (choice.softwareId == null && choice.software == null)
    return { softwareId: null, covered: true, ...UNSAID }
  const of = { tenantId: version.tenantId, versionId: version.id }
  if (choice.software == null) {
    const id = uuidOf(SOFTWARE_ID, choice.softwareId as string)
    const found = id && (await operation.em.findOne(CoveredSoftware, { ...of, id }))
    if (!found) throw refuse('NOT_FOUND', { field: ['input', 'softwareId'], clause: '1.2.1' })
    return { softwareId: found.id, covered: true, ...UNSAID }
  }
  const stated = checkStated(choice.software)
  const covered = await operation.em.find(CoveredSoftware, of, { orderBy: { ordinal: 'asc' } })
  const found = covered.find(each => covers(each, stated))
  return {
    softwareId: found?.id ?? null,
    covered: covered.length === 0 || found !== undefined,
    ...stated,
  }
}

type Stated = Pick<TicketSoftware, 'softwareVersion' | 'softwareEnvironment'> & { softwareProduct: string }

function checkStated(software: NonNullable<SoftwareChoice['software']>): Stated {
  const at = (name: string): string[] => ['input', 'software', name]
  const optional = (value: string | null | undefined, name: string, max: number): string | null =>
    checkText(value ?? '', at(name), { max, blank: true, clause: '1.2.1' }) || null
  return {
    softwareProduct: checkText(software.product, at('product'), { max: 200, clause: '1.2.1' }),
    softwareVersion: optional(software.version, 'version', 100),
    softwareEnvironment: optional(software.environment, 'environment', 200),
  }
}

/** By product, and by version and environment where both say one: what the agreement leaves open it covers, what the reporter leaves out isn't held against them. */
function covers(item: CoveredSoftware, stated: Stated): boolean {
  const agrees = (listed: string | null | undefined, said: string | null): boolean =>
    listed == null || said === null || sameName(listed, said)
  return (
    sameName(item.product, stated.softwareProduct) &&
    agrees(item.productVersion, stated.softwareVersion) &&
    agrees(item.environment, stated.softwareEnvironment)
  )
}

/** Names are kept as written; to be the same they need not be typed the same (NFKC takes full-width letters for what they are). */
const sameName = (a: string, b: string): boolean => folded(a) === folded(b)
const folded = (name: string): string => name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()

/** One of the customer's own persons. */
export async function reporterOf(
  operation: Operation,
  agreement: Agreement,
  personId: string | null | undefined,
): Promise<string | null> {
  if (personId == null) return null
  const id = uuidOf(PERSON_ID, personId)
  const values = [agreement.tenantId, id, agreement.customerId]
  const rows = id
    ? await operation.run(
        'select id from persons where tenant_id = $1 and id = $2 and customer_id = $3',
        values,
      )
    : []
  if (rows.length === 0) throw refuse('NOT_FOUND', { field: ['input', 'reporterId'] })
  return id
}
