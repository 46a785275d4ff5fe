import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { Node } from '../platform/graphql/contract.js'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageInfo } from '../platform/graphql/pages.js'
import { EventCursorScalar, EventInterface, EventTypeEnum, registerNode } from '../tenancy/index.js'
import { EVENT_ID, eventById, toEvent } from './event-loaders.js'

@ObjectType('RecordEvent', {
  implements: [EventInterface, Node],
  description: 'An event of a kind that has no fields beyond those of every event.',
  simpleResolvers: true,
})
export class RecordEvent extends EventInterface {}
registerNode(EVENT_ID, 'RecordEvent', 'event:read', eventById, toEvent)

@ObjectType('EventEdge', { description: 'One entry of a list of events.', simpleResolvers: true })
class EventEdge {
  @Field(() => EventCursorScalar, { description: 'The same as the `cursor` of the event.' })
  cursor!: string

  @Field(() => EventInterface, { description: 'The event itself.' })
  node!: EventInterface
}

@ObjectType('EventConnection', { description: 'A page of events, the oldest first.', simpleResolvers: true })
export class EventConnection {
  @Field(() => [EventEdge], { description: 'Events with their cursors.' })
  edges!: EventEdge[]

  @Field(() => [EventInterface], { description: 'Events alone.' })
  nodes!: EventInterface[]

  @Field(() => PageInfo, { description: 'Where this page stands.' })
  pageInfo!: PageInfo

  @Field(() => EventCursorScalar, {
    description:
      'Where to go on, set on an empty page, too: it passes over what you may not see, so that it needn’t be looked through again.',
  })
  resumeCursor!: string
}

@ArgsType()
export class EventPageArgs {
  @Field(() => EventCursorScalar, {
    nullable: true,
    description:
      'Events behind this cursor. Omitted: from the oldest retained (90 days). CURSOR_EXPIRED, with `extensions.oldestCursor`, when events behind it are past that.',
  })
  after?: string | null

  @Field(() => Int, {
    nullable: true,
    description: `How many, 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when omitted.`,
  })
  first?: number | null
}

@InputType({
  description: 'Which events. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class EventFilter {
  @Field(() => [EventTypeEnum], { nullable: true, description: 'Of one of these types.' })
  types?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this agreement.' })
  agreementId?: string | null
}
