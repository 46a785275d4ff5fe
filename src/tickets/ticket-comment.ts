import { defineEntity, p } from '@mikro-orm/postgresql'
import { customerOwned } from '../persistence/index.js'

export const COMMENT_ID = 'tkc'

const CommentSchema = defineEntity({
  name: 'TicketComment',
  tableName: 'ticket_comments',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    customerId: p.uuid(),
    ticketId: p.uuid(),
    side: p.string().length(10).$type<'PROVIDER' | 'CUSTOMER'>(),
    text: p.text(),
    clientId: p.uuid().nullable(),
    callerId: p.string().length(64),
    createdAt: p.datetime(3),
  },
  uniques: [{ name: 'ticket_comments_client_id_key', properties: ['tenantId', 'callerId', 'clientId'] }],
  indexes: [{ name: 'ticket_comments_ticket_idx', properties: ['tenantId', 'ticketId', 'createdAt', 'id'] }],
  ...customerOwned('TICKET'),
})

/** One message on a ticket, from either side. */
export class TicketComment extends CommentSchema.class {}
CommentSchema.setClass(TicketComment)
