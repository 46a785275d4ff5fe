import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { ListQuery } from '../persistence/index.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { EventActorType, pageOfParent, Request } from '../tenancy/index.js'
import { TicketActionEnum } from './ticket-enums.js'
import {
  ACT_COLUMNS,
  type ActRow,
  COMMENT_COLUMNS,
  type CommentRow,
  firstActsOf,
  firstCommentsOf,
  firstQuestionsOf,
  hasDuplicates,
  QUESTION_COLUMNS,
  type QuestionRow,
  ticketById,
} from './ticket-loaders.js'
import { takes, type TicketVerb } from './ticket.js'
import {
  ActConnection,
  ActType,
  CommentConnection,
  CommentType,
  QuestionConnection,
  QuestionType,
  TicketType,
  toAct,
  toComment,
  toQuestion,
  toTicket,
} from './ticket-types.js'

/** What may be done with a ticket: the verb that must be possible, and the permission that its mutation asks for. */
const ACTIONS: Readonly<
  Record<TicketActionEnum, { verb: TicketVerb; permission: `${'ticket' | 'attachment'}:${string}` }>
> = {
  COMMENT: { verb: 'comment', permission: 'ticket:comment' },
  ATTACH: { verb: 'comment', permission: 'attachment:upload' },
  RESPOND: { verb: 'respond', permission: 'ticket:handle' },
  START: { verb: 'start', permission: 'ticket:handle' },
  REQUEST_INFO: { verb: 'requestInfo', permission: 'ticket:handle' },
  PROVIDE_INFO: { verb: 'provideInfo', permission: 'ticket:answer' },
  RESOLVE: { verb: 'resolve', permission: 'ticket:handle' },
  CLOSE: { verb: 'close', permission: 'ticket:close' },
  REOPEN: { verb: 'reopen', permission: 'ticket:reopen' },
  RECLASSIFY: { verb: 'reclassify', permission: 'ticket:handle' },
  MARK_DUPLICATE: { verb: 'markDuplicate', permission: 'ticket:handle' },
}

@Resolver(() => TicketType)
export class TicketLifeResolver {
  @FieldResolver(() => CommentConnection, {
    nullable: true,
    description: 'Messages of both sides, the oldest first.',
  })
  comments(
    @Root() ticket: TicketType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx('request') request: Request,
  ): Promise<Page<CommentType>> {
    const query: ListQuery<CommentRow, CommentType> = {
      ...partsOf(ticket, page, request, 'ticket_comments'),
      columns: COMMENT_COLUMNS,
      orderBy: orderedBy('createdAt', 'ASC'),
      toEntry: toComment,
    }
    return pageOfParent(request, firstCommentsOf, ticket.uuid, query, [])
  }

  @FieldResolver(() => QuestionConnection, {
    nullable: true,
    description: 'What the customer was asked, the oldest first.',
  })
  questions(
    @Root() ticket: TicketType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx('request') request: Request,
  ): Promise<Page<QuestionType>> {
    const query: ListQuery<QuestionRow, QuestionType> = {
      ...partsOf(ticket, page, request, 'ticket_questions'),
      columns: QUESTION_COLUMNS,
      orderBy: orderedBy('createdAt', 'ASC'),
      toEntry: toQuestion,
    }
    return pageOfParent(request, firstQuestionsOf, ticket.uuid, query, [])
  }

  @FieldResolver(() => ActConnection, {
    nullable: true,
    description: 'What happened to it, step by step, the oldest first; kept as long as the ticket.',
  })
  history(
    @Root() ticket: TicketType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx('request') request: Request,
  ): Promise<Page<ActType>> {
    const query: ListQuery<ActRow, ActType> = {
      ...partsOf(ticket, page, request, 'ticket_acts'),
      columns: ACT_COLUMNS,
      orderBy: orderedBy('at', 'ASC'),
      toEntry: toAct,
    }
    return pageOfParent(request, firstActsOf, ticket.uuid, query, [])
  }

  @FieldResolver(() => TicketType, {
    nullable: true,
    description: 'The older ticket that goes on in its place; null unless it is a duplicate.',
  })
  async duplicateOf(
    @Root() ticket: TicketType,
    @Ctx('request') request: Request,
  ): Promise<TicketType | null> {
    const row = ticket.duplicateOfId && (await request.load(ticketById, ticket.duplicateOfId))
    return row ? toTicket(row) : null
  }

  @FieldResolver(() => [TicketActionEnum], {
    description: 'What you may do with it now: as it stands, at this instant, by your roles or scopes.',
  })
  async viewerActions(
    @Root() ticket: TicketType,
    @Ctx('request') request: Request,
  ): Promise<TicketActionEnum[]> {
    const now = await request.now()
    const actions = (Object.keys(ACTIONS) as TicketActionEnum[]).filter(action => {
      const { verb, permission } = ACTIONS[action]
      return request.mayDo(permission) && takes(ticket, verb, now)
    })
    // The first ticket of an agreement has none before it, and what has duplicates of its own goes on itself.
    const isOriginal = ticket.number === 1 || (await request.load(hasDuplicates, ticket.uuid))
    return isOriginal ? actions.filter(action => action !== TicketActionEnum.MARK_DUPLICATE) : actions
  }
}

@Resolver(() => ActType)
export class ActResolver {
  @FieldResolver(() => EventActorType, { description: 'Who did it.' })
  actor(@Root() { actorKind, actorId }: ActType, @Ctx('request') request: Request): EventActorType {
    const { seals, caller } = request
    return { kind: actorKind, callerId: seals.pseudonym('event actor', caller.tenantId, actorId) }
  }
}

/** What the lists of a ticket's own rows have in common. */
export const partsOf = (
  ticket: TicketType,
  page: PageArgs,
  request: Request,
  from: string,
): Pick<ListQuery<never, never>, 'from' | 'where' | 'window' | 'binding'> => ({
  from,
  where: [
    { sql: 'tenant_id = ?', value: request.caller.tenantId },
    { sql: 'ticket_id = ?', value: ticket.uuid },
  ],
  window: pageWindow(page),
  binding: request.cursorBinding(`${from} ${ticket.uuid}`, null, null),
})
