import { defineEntity, p } from '@mikro-orm/postgresql'
import type { Party } from '../obligations/index.js'
import { customerOwned } from '../persistence/index.js'

export type BreachState = 'DETECTED'
/** MISSED: a deadline passed undone. Further kinds are found by hand. */
export type BreachKind = 'MISSED'

const BreachSchema = defineEntity({
  name: 'Breach',
  tableName: 'breaches',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    agreementId: p.uuid(),
    versionId: p.uuid(),
    obligationId: p.uuid(),
    assessmentId: p.uuid(),
    /** Runs per agreement: a tenant-wide number would tell one customer how the others fare. */
    number: p.integer(),
    kind: p.string().length(10).$type<BreachKind>(),
    state: p.string().length(12).$type<BreachState>(),
    owedBy: p.string().length(10).$type<Party>(),
    dutyClause: p.string().length(20),
    /** 5.1.1, 5.1.2, 5.2.1 or 5.2.2; null for 6.4.1, which has none. */
    liabilityClause: p.string().length(20).nullable(),
    /** The due instant that passed. */
    occurredAt: p.datetime(3),
    /** When the sweep found it. */
    detectedAt: p.datetime(3),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  uniques: [
    // Two sweepers can never make two.
    { name: 'breaches_obligation_key', properties: ['tenantId', 'obligationId', 'kind'] },
    { name: 'breaches_number_key', properties: ['tenantId', 'agreementId', 'number'] },
  ],
  indexes: [
    { name: 'breaches_assessment_idx', properties: ['tenantId', 'assessmentId'] },
    { name: 'breaches_occurred_idx', properties: ['tenantId', 'occurredAt', 'id'] },
    { name: 'breaches_agreement_idx', properties: ['tenantId', 'agreementId', 'occurredAt', 'id'] },
  ],
  ...customerOwned('BREACH'),
})

/** One finding: an obligation missed. It cites its duty clause, its liability clause and the version. */
export class Breach extends BreachSchema.class {}
BreachSchema.setClass(Breach)

/** The liability that a side's broken duty falls under: 5.1.1 for the provider's service, 5.2.1 for the customer's payment. */
export function liabilityOf(owedBy: Party, dutyClause: string): string | null {
  if (dutyClause === '6.4.1') return null
  if (dutyClause.startsWith('4.') || dutyClause === '8.2.1') return owedBy === 'PROVIDER' ? '5.1.2' : '5.2.2'
  return owedBy === 'PROVIDER' ? '5.1.1' : '5.2.1'
}
