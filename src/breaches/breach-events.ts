import './breach-event-data.js'
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  ObjectType,
  Resolver,
  Root,
  Subscription,
  type SubscribeResolverData,
} from 'type-graphql'
import { AGREEMENT_ID } from '../agreements/index.js'
import { Failure } from '../platform/failure.js'
import { Allow, Discloses, Node } from '../platform/graphql/contract.js'
import { NO_UUID, uuidOf } from '../platform/ids.js'
import {
  CUSTOMER_ID,
  declareEvents,
  EventCursorScalar,
  eventDeclarations,
  EventInterface,
  type EventSource,
  EventTypeEnum,
  type Frame,
  Redactable,
  registerEventType,
  Request,
  type RequestContext,
} from '../tenancy/index.js'
import { assessmentById, breachById, type BreachRow } from './breach-loaders.js'
import { AssessmentType, toAssessment } from './assessment-types.js'
import { BreachType, toBreach } from './breach-types.js'

/** What can happen to a breach (domain.md, States). */
declareEvents('breach', 'BREACH', {
  detected: 'A duty was broken: here are its clause and its price (clauses 5.1.1, 5.2.1, 5.3.1).',
  confirmed: 'The side that was wronged took it up.',
  notified: 'It told the other side of its claim.',
  accepted: 'The other side owned up to it.',
  disputed: 'The other side says that it is none.',
  upheld: 'A decision says that it is one.',
  rejected: 'A decision says that it is none: it costs nothing.',
  waived: 'The side that was wronged let it go, and no other by it.',
  cured:
    'It was made good, late: by what stopped its clock, or as a side says. What it cost by the day ends there.',
  revised: 'What is known of it is another now: what was learnt later, or another root cause.',
  withdrawn: 'What was learnt later shows that there was none.',
})

/** What can happen to the price of a root cause. */
declareEvents('assessment', 'BREACH', {
  revised:
    'Another price: by a finding, by a loss, by what accrued, or by what others take of the cap (clause 5.3.1). `change` and `bookable` say by how much.',
  agreed: 'Both sides agreed to it, or it was decided: it is due.',
  settled: 'The side that was to get it says that it was paid.',
  released: 'None of its breaches stands any more, or they were waived: nothing is owed.',
})

/** What can happen to a claim of actual loss. */
declareEvents('loss_claim', 'BREACH', {
  filed: 'The side that was wronged claims what it lost (clause 5.3.2).',
  withdrawn: 'It took that claim back.',
})

const BREACH_EVENT = 'BreachEvent'
const PREFIX = 'breach.'
registerEventType(PREFIX, BREACH_EVENT)

@ObjectType(BREACH_EVENT, {
  implements: [EventInterface, Node, Redactable],
  description:
    'Something that happened to a breach. Integrators act once per `id`; `breach` and `assessment` are as of now. Data category BREACH.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class BreachEventType extends EventInterface {}

@InputType({
  description: 'Which breach events. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class BreachEventFilter {
  @Field(() => [EventTypeEnum], { nullable: true, description: 'Only these types.' })
  types?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Of this agreement.' })
  agreementId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null
}

interface BreachEventArgs {
  after?: string | null
  filter?: BreachEventFilter | null
}

@Resolver(() => BreachEventType)
export class BreachEventResolver {
  @Allow('breach:read')
  @Subscription(() => BreachEventType, {
    description:
      'Breaches that you may see, as they are found, in order; over a WebSocket (`graphql-transport-ws`) or as server-sent events. After a cut, subscribe again from the last `cursor` you have: nothing is missed, and a repeated one is known by its `id`.',
    subscribe: subscribeToBreaches,
  })
  breachEvents(
    @Root() event: EventSource,
    @Arg('after', () => EventCursorScalar, {
      nullable: true,
      description: 'From the event behind this cursor; omitted: from now.',
    })
    _after: string | null,
    @Arg('filter', () => BreachEventFilter, { nullable: true, description: 'Which ones.' })
    _filter: BreachEventFilter | null,
  ): EventSource {
    return event
  }

  @FieldResolver(() => BreachType, { description: 'The breach, as it is now.' })
  async breach(@Root() event: EventSource, @Ctx('request') request: Request): Promise<BreachType> {
    return toBreach(await breachOf(event, request))
  }

  @FieldResolver(() => AssessmentType, {
    nullable: true,
    description: 'The price of its root cause, as it is now (clause 5.3.1).',
  })
  async assessment(
    @Root() event: EventSource,
    @Ctx('request') request: Request,
  ): Promise<AssessmentType | null> {
    const { assessmentId } = await breachOf(event, request)
    const row = await request.load(assessmentById, assessmentId)
    return row && toAssessment(row)
  }
}

/** Whoever sees the event sees its breach: they stand behind the same walls. */
async function breachOf(event: EventSource, request: Request): Promise<BreachRow> {
  const row = await request.load(breachById, event.subjectId)
  if (!row) throw new Error('an event was told of a breach that is not there')
  return row
}

function subscribeToBreaches({
  args: { after = null, filter = null },
  context,
}: SubscribeResolverData<unknown, BreachEventArgs, RequestContext>): Promise<AsyncIterableIterator<Frame>> {
  if (!context.live) throw new Failure('BAD_USER_INPUT', { messageKey: 'SUBSCRIBE_OVER_WEBSOCKET' })
  const all = eventDeclarations()
    .map(each => each.type)
    .filter(type => type.startsWith(PREFIX))
  return context.live.subscribe(context.request, {
    after,
    types: filter?.types ? all.filter(type => filter.types?.includes(type)) : all,
    agreementId: uuidWanted(AGREEMENT_ID, filter?.agreementId),
    customerId: uuidWanted(CUSTOMER_ID, filter?.customerId),
  })
}

/** An id that can't be one looks like one that isn't there. */
const uuidWanted = (prefix: string, id: string | null | undefined): string | null =>
  id == null ? null : (uuidOf(prefix, id) ?? NO_UUID)
