import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Query,
  Resolver,
  type SubscribeResolverData,
  Root,
  Subscription,
} from 'type-graphql'
import { Failure } from '../platform/failure.js'
import { Allow, Node } from '../platform/graphql/contract.js'
import { publicId } from '../platform/ids.js'
import {
  EventActorType,
  EventCursorScalar,
  EventInterface,
  type EventSource,
  EventTypeEnum,
  findNode,
  type Frame,
  Request,
  type RequestContext,
} from '../tenancy/index.js'
import { cursorAt, EVENT_ID, readHead } from './event-loaders.js'
import { EventConnection, EventFilter, EventPageArgs } from './event-types.js'
import { pollEvents } from './events.js'

@Resolver(() => EventInterface)
export class EventResolver {
  @Allow('event:read')
  @Query(() => EventInterface, {
    nullable: true,
    description: 'An event by its id; null when there is none that you may see.',
  })
  event(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${EVENT_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('event:read')
  @Query(() => EventConnection, {
    nullable: true,
    description:
      'Polls events that you may see, the oldest first: read, remember `resumeCursor`, give it as `after` the next time.',
  })
  events(
    @Args(() => EventPageArgs) page: EventPageArgs,
    @Arg('filter', () => EventFilter, { nullable: true, description: 'Which ones.' })
    filter: EventFilter | null,
    @Ctx('request') request: Request,
  ): Promise<EventConnection> {
    return pollEvents(request, page, filter)
  }

  @Allow('event:read')
  @Query(() => EventCursorScalar, {
    description:
      'The place of the newest event. Everything up to it is visible in this same answer: read the records and this in one document, then subscribe from it, and nothing falls between.',
  })
  async eventCursor(@Ctx('request') request: Request): Promise<string> {
    return cursorAt(request, await readHead(request.reads))
  }

  @Allow('event:read')
  @Subscription(() => EventInterface, {
    name: 'events',
    description:
      'Events that you may see, as they happen, in order; over a WebSocket (`graphql-transport-ws`) or as server-sent events. After a cut, subscribe again from the last `cursor` you have.',
    subscribe: subscribeToEvents,
  })
  eventsAsTheyHappen(
    @Root() event: EventSource,
    @Arg('after', () => EventCursorScalar, {
      nullable: true,
      description: 'From the event behind this cursor; omitted: from now.',
    })
    _after: string | null,
    @Arg('types', () => [EventTypeEnum], { nullable: true, description: 'Only these types.' })
    _types: string[] | null,
  ): EventSource {
    return event
  }

  @FieldResolver(() => EventCursorScalar, { description: 'Its place in the sequence: resume behind it.' })
  cursor(@Root() event: EventSource, @Ctx('request') request: Request): string {
    return event.cursor ?? cursorAt(request, BigInt(event.sequence))
  }

  @FieldResolver(() => EventCursorScalar, {
    nullable: true,
    description:
      'The `cursor` of the event before it in this very stream (same caller, same filter), or the `after` you gave: when each is the one you had last, you have missed nothing. Null for the first without `after`, and outside of a stream.',
  })
  previousCursor(@Root() event: EventSource): string | null {
    return event.previousCursor ?? null
  }

  @FieldResolver(() => EventActorType, { description: 'Who made it happen.' })
  actor(@Root() { actorKind, actorId }: EventSource, @Ctx('request') request: Request): EventActorType {
    const { seals, caller } = request
    return { kind: actorKind, callerId: seals.pseudonym('event actor', caller.tenantId, actorId) }
  }

  @FieldResolver(() => Node, {
    nullable: true,
    description: 'What it happened to, as it is now; null when you may not see it.',
  })
  subject(@Root() event: EventSource, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(event.subjectKind, event.subjectId))
  }
}

function subscribeToEvents({
  args,
  context,
}: SubscribeResolverData<
  unknown,
  { after?: string | null; types?: string[] | null },
  RequestContext
>): Promise<AsyncIterableIterator<Frame>> {
  if (!context.live) throw new Failure('BAD_USER_INPUT', { messageKey: 'SUBSCRIBE_OVER_WEBSOCKET' })
  const { after = null, types = null } = args
  return context.live.subscribe(context.request, { after, types, agreementId: null, customerId: null })
}
