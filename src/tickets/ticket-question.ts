import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'

export const QUESTION_ID = 'tkq'

/** WITHDRAWN: the ticket was solved, or closed as a duplicate, before anybody answered. */
export type QuestionState = 'OPEN' | 'ANSWERED' | 'WITHDRAWN'

const QuestionSchema = defineEntity({
  name: 'TicketQuestion',
  tableName: 'ticket_questions',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    ticketId: p.uuid(),
    state: p.string().length(10).$type<QuestionState>(),
    text: p.text(),
    answer: p.text().nullable(),
    /** When it was answered or withdrawn: from {@link createdAt}, when it was asked, to here the fix clock stands still. */
    endedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'ticket_questions_ticket_idx', properties: ['tenantId', 'ticketId', 'createdAt', 'id'] }],
  ...customerOwned('TICKET'),
})

/** Something specific that the provider must know of the customer to go on: while it's open the fix clock stands still, and for no other reason of the ticket's own. */
export class TicketQuestion extends QuestionSchema.class {
  answerWith(text: string, now: Date): void {
    if (this.state !== 'OPEN')
      throw refuse('INVALID_STATE', { field: ['input', 'questionId'], params: { state: this.state } })
    this.state = 'ANSWERED'
    this.answer = text
    this.endedAt = now
    this.updatedAt = now
  }

  withdraw(now: Date): void {
    if (this.state !== 'OPEN') return
    this.state = 'WITHDRAWN'
    this.endedAt = now
    this.updatedAt = now
  }
}
QuestionSchema.setClass(TicketQuestion)
