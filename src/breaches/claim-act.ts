import { defineEntity, p } from '@mikro-orm/postgresql'
import type { Party } from '../obligations/index.js'
import { customerOwned } from '../persistence/index.js'

export const CLAIM_ACTS = [
  'REPORTED',
  'CONFIRMED',
  'NOTIFIED',
  'ACCEPTED',
  'DISPUTED',
  'UPHELD',
  'REJECTED',
  'WAIVED',
  'CURED',
  'LINKED',
  'AGREED',
  'SETTLED',
  'LOSS_CLAIMED',
  'LOSS_WITHDRAWN',
  'CORRECTED',
] as const
export type ClaimActKind = (typeof CLAIM_ACTS)[number]

/** What a decision is by: a mediation binds whom it has the word of; an award and a judgment bind both. */
export const DECISION_BASES = ['MEDIATION', 'AWARD', 'JUDGMENT'] as const
export type DecisionBasis = (typeof DECISION_BASES)[number]

/** What one side did about a breach or its price; append-only. */
export const ClaimAct = defineEntity({
  name: 'ClaimAct',
  tableName: 'claim_acts',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    assessmentId: p.uuid(),
    /** Null for what concerns the price alone. */
    breachId: p.uuid().nullable(),
    kind: p.string().length(20).$type<ClaimActKind>(),
    side: p.string().length(10).$type<Party>(),
    basis: p.string().length(12).$type<DecisionBasis>().nullable(),
    /** Its grounds, or the document that shows it. */
    text: p.string().length(2000).nullable(),
    currency: p.string().length(3).nullable(),
    /** Minor units. */
    amount: p.bigint().nullable(),
    /** When it was so. */
    occurredAt: p.datetime(3),
    /** When Surety learnt it. */
    acceptedAt: p.datetime(3),
  },
  indexes: [
    { name: 'claim_acts_breach_idx', properties: ['tenantId', 'breachId', 'acceptedAt', 'id'] },
    { name: 'claim_acts_assessment_idx', properties: ['tenantId', 'assessmentId', 'acceptedAt', 'id'] },
  ],
  ...customerOwned('BREACH'),
})
