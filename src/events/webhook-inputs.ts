import { Field, ID, InputType, Int } from 'type-graphql'
import { MutationInput } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { EventCursorScalar, EventTypeEnum } from '../tenancy/index.js'
import { DeliveryStateEnum, WebhookPayloadEnum, WebhookStateEnum } from './webhook-enums.js'
import type { WebhookPayload } from './webhook-endpoint.js'

const URL = 'An https address of the public net, at most 2,000 characters, without credentials or fragment.'
const DESCRIPTION = 'What it is for, at most 200 characters.'
const TYPES = 'Only these types, at least one'
const PAYLOAD = 'How much of an event is sent'

@InputType({ description: 'An address that events are to be sent to.' })
export class WebhookEndpointCreateInput extends MutationInput {
  @Field(() => String, { description: URL })
  url!: string

  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null

  @Field(() => [EventTypeEnum], { nullable: true, description: `${TYPES}; all when omitted.` })
  types?: string[] | null

  @Field(() => WebhookPayloadEnum, { nullable: true, description: `${PAYLOAD}; FULL when omitted.` })
  payload?: WebhookPayload | null

  @Field(() => EventCursorScalar, {
    nullable: true,
    description:
      'The first event is the one behind this cursor; omitted: what happens from now on. Read records and `eventCursor` in one document and give it here, and nothing falls between.',
  })
  after?: string | null
}

@InputType()
abstract class EndpointInput extends MutationInput {
  @Field(() => ID, { description: 'The endpoint.' })
  webhookEndpointId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType({ description: 'What is to be otherwise; an omitted field stays as it is.' })
export class WebhookEndpointUpdateInput extends EndpointInput {
  @Field(() => String, { nullable: true, description: URL })
  url?: string | null

  @Field(() => String, { nullable: true, description: `${DESCRIPTION} Null clears it.` })
  description?: string | null

  @Field(() => [EventTypeEnum], { nullable: true, description: `${TYPES}; null: all.` })
  types?: string[] | null

  @Field(() => WebhookPayloadEnum, { nullable: true, description: `${PAYLOAD}.` })
  payload?: WebhookPayload | null
}

@InputType({ description: 'An endpoint that gets a new secret.' })
export class WebhookEndpointRotateSecretInput extends EndpointInput {}

@InputType({ description: 'An endpoint that nothing is to be sent to any more.' })
export class WebhookEndpointDisableInput extends EndpointInput {}

@InputType({ description: 'An endpoint that is to go on where it stood.' })
export class WebhookEndpointEnableInput extends EndpointInput {}

@InputType({ description: 'An endpoint to be tried.' })
export class WebhookEndpointTestInput extends EndpointInput {}

@InputType({ description: 'Where an endpoint is to go on.' })
export class WebhookReplayInput extends EndpointInput {
  @Field(() => EventCursorScalar, {
    description:
      'The next event is the one behind this cursor. An earlier place sends again, with the same ids; a later one passes over what lies between.',
  })
  after!: string
}

@InputType({
  description: 'Which webhook endpoints. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class WebhookEndpointFilter {
  @Field(() => [WebhookStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({
  description: 'Which webhook deliveries. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class WebhookDeliveryFilter {
  @Field(() => ID, { nullable: true, description: 'To this endpoint.' })
  endpointId?: string | null

  @Field(() => [DeliveryStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Sent after this instant.' })
  attemptedAfter?: Date | null
}
