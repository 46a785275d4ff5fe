import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { publicId } from '../platform/ids.js'
import { EventTypeEnum, registerNode, toNode } from '../tenancy/index.js'
import { EVENT_ID } from './event-loaders.js'
import {
  DeliveryProblemEnum,
  DeliveryStateEnum,
  DisabledReasonEnum,
  WebhookPayloadEnum,
  WebhookStateEnum,
} from './webhook-enums.js'
import {
  deliveryById,
  type DeliveryRow,
  endpointById,
  type EndpointRow,
  WEBHOOK_DELIVERY_ID,
  WEBHOOK_ENDPOINT_ID,
} from './webhook-loaders.js'

@ObjectType('WebhookEndpoint', {
  implements: Node,
  description:
    'An address that events are sent to, in order, one at a time, by Standard Webhooks 1.0. It sees what whoever set it up may see, judged anew at every attempt.',
  simpleResolvers: true,
})
export class WebhookEndpointType extends Node {
  uuid!: string
  customerId!: string | null
  appId!: string | null
  position!: string

  @Field(() => String, { description: 'Where events are sent to.' })
  url!: string

  @Field(() => String, { nullable: true, description: 'What it is for, in your own words.' })
  description!: string | null

  @Field(() => [EventTypeEnum], { nullable: true, description: 'Only these types; null: all.' })
  types!: string[] | null

  @Field(() => WebhookPayloadEnum, { description: 'How much of an event is sent.' })
  payload!: string

  @Field(() => WebhookStateEnum, { description: 'Whether events are sent.' })
  state!: string

  @Field(() => DisabledReasonEnum, { nullable: true, description: 'Why not; null while they are.' })
  disabledReason!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when not; null while they are.' })
  disabledAt!: Date | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Until then the secret before the last rotation signs as well; null when only one secret signs.',
  })
  previousSecretEndsAt!: Date | null

  @Field(() => Int, { description: 'How often the event that is next has failed; 0 when it has not.' })
  failures!: number

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Since when every attempt has failed: after five days it is disabled. Null when the last one arrived.',
  })
  failingSince!: Date | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the event that failed is tried again; null when nothing failed.',
  })
  nextAttemptAt!: Date | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When an event last arrived; null before the first.',
  })
  deliveredAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was set up.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When its settings or state last changed.' })
  updatedAt!: Date

  @Field(() => Int, {
    description: 'Rises with every change of its settings or state; `expectedRevision` takes it.',
  })
  revision!: number
}
export const toEndpoint = (row: EndpointRow): WebhookEndpointType => toNode(WEBHOOK_ENDPOINT_ID, row)
export const WebhookEndpointConnection = connectionOf(
  () => WebhookEndpointType,
  'WebhookEndpoint',
  'webhook endpoints',
)
registerNode(WEBHOOK_ENDPOINT_ID, 'WebhookEndpoint', 'webhook:read', endpointById, toEndpoint)

@ObjectType('WebhookDelivery', {
  implements: Node,
  description:
    'One attempt to deliver one event, or a test, to a webhook endpoint, and what came of it. Remembered for 14 days.',
  simpleResolvers: true,
})
export class WebhookDeliveryType extends Node {
  uuid!: string
  endpointId!: string

  @Field(() => ID, {
    description:
      'The `webhook-id` it was sent with: the id of the event, the same at every attempt; of a test its own.',
  })
  messageId!: string

  @Field(() => String, {
    description: 'The `type` it was sent with: that of the event, or `webhook_endpoint.test`.',
  })
  typeName!: string

  @Field(() => Int, { description: 'The n-th attempt of this event, from 1.' })
  attempt!: number

  @Field(() => DeliveryStateEnum, { description: 'What became of it.' })
  state!: string

  @Field(() => DeliveryProblemEnum, { nullable: true, description: 'Why it failed; null when it did not.' })
  problem!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'The HTTP status it was answered with; null when it was not answered.',
  })
  statusCode!: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds until it was answered, or was not; null while it is pending.',
  })
  latencyMs!: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'What the answer says, at most 200 characters, in words that receivers explain errors with; every other word is an ellipsis, so that no personal data and no secret is kept. Null when it says nothing in them.',
  })
  excerpt!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was sent; of a pending test: asked for.' })
  attemptedAt!: Date

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the event was to be tried again; null when it arrived or would not be.',
  })
  nextAttemptAt!: Date | null
}
export const toDelivery = (row: DeliveryRow): WebhookDeliveryType => ({
  ...toNode(WEBHOOK_DELIVERY_ID, row),
  typeName: row.type,
  messageId: row.eventId === null ? publicId(WEBHOOK_DELIVERY_ID, row.id) : publicId(EVENT_ID, row.eventId),
})
export const WebhookDeliveryConnection = connectionOf(
  () => WebhookDeliveryType,
  'WebhookDelivery',
  'webhook deliveries',
)
registerNode(WEBHOOK_DELIVERY_ID, 'WebhookDelivery', 'webhook:read', deliveryById, toDelivery)
