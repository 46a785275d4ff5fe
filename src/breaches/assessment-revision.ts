import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned, insertRows, type Operation } from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import type { Assessment, AssessmentState } from './assessment.js'

/** A price as one revision left it; append-only. The changes of all revisions come to the total. */
export const AssessmentRevision = defineEntity({
  name: 'AssessmentRevision',
  tableName: 'assessment_revisions',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    assessmentId: p.uuid(),
    /** The assessment's `revision`. */
    number: p.integer(),
    state: p.string().length(24).$type<AssessmentState>(),
    currency: p.string().length(3).nullable(),
    amount: p.bigint().nullable(),
    topUp: p.bigint().nullable(),
    total: p.bigint().nullable(),
    change: p.bigint().nullable(),
    bookable: p.bigint().nullable(),
    asOf: p.datetime(3),
  },
  uniques: [{ name: 'assessment_revisions_number_key', properties: ['tenantId', 'assessmentId', 'number'] }],
  ...customerOwned('BREACH'),
})

/** Keeps what was just flushed. */
export async function keepRevisions(operation: Operation, assessments: readonly Assessment[]): Promise<void> {
  await insertRows(
    operation,
    AssessmentRevision,
    assessments.map(({ revision, ...assessment }) => ({
      tenantId: assessment.tenantId,
      id: newUuid(),
      customerId: assessment.customerId,
      assessmentId: assessment.id,
      number: revision,
      state: assessment.state,
      currency: assessment.currency ?? null,
      amount: assessment.amount ?? null,
      topUp: assessment.topUp ?? null,
      total: assessment.total ?? null,
      change: assessment.change ?? null,
      bookable: assessment.bookable ?? null,
      asOf: assessment.asOf,
    })),
  )
}
