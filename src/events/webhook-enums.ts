import { Field, InputType, registerEnumType } from 'type-graphql'
import { OrderDirection } from '../platform/graphql/contract.js'

/** The vocabularies of webhooks as GraphQL enums. */

export enum WebhookPayloadEnum {
  FULL = 'FULL',
  THIN = 'THIN',
}
registerEnumType(WebhookPayloadEnum, {
  name: 'WebhookPayload',
  description: 'How much of an event is sent.',
  valuesConfig: {
    FULL: { description: 'With its `data`, unless the body would be larger than 20 kB.' },
    THIN: { description: 'Without `data`: what happened to what, and the rest is asked of the API.' },
  },
})

export enum WebhookStateEnum {
  ENABLED = 'ENABLED',
  DISABLED = 'DISABLED',
}
registerEnumType(WebhookStateEnum, {
  name: 'WebhookEndpointState',
  description: 'Whether events are sent.',
  valuesConfig: {
    ENABLED: { description: 'They are, in order.' },
    DISABLED: { description: 'Nothing is; its place is kept.' },
  },
})

export enum DisabledReasonEnum {
  REQUESTED = 'REQUESTED',
  GONE = 'GONE',
  FAILING = 'FAILING',
  ACCESS_ENDED = 'ACCESS_ENDED',
}
registerEnumType(DisabledReasonEnum, {
  name: 'WebhookDisabledReason',
  description: 'Why nothing is sent any more. New reasons may be added.',
  valuesConfig: {
    REQUESTED: { description: 'By `webhookEndpointDisable`.' },
    GONE: { description: 'It answered 410.' },
    FAILING: { description: 'Every attempt of five days failed.' },
    ACCESS_ENDED: {
      description:
        'Whoever it was set up by may see no events any more: the token was revoked, the app disabled, a scope or a mapping taken back.',
    },
  },
})

export enum DeliveryStateEnum {
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  FAILED = 'FAILED',
}
registerEnumType(DeliveryStateEnum, {
  name: 'WebhookDeliveryState',
  description: 'What became of an attempt.',
  valuesConfig: {
    PENDING: { description: 'A test that has not been sent yet.' },
    DELIVERED: { description: 'It was answered with a status from 200 to 299.' },
    FAILED: { description: 'It was not.' },
  },
})

export enum DeliveryProblemEnum {
  STATUS = 'STATUS',
  REDIRECT = 'REDIRECT',
  TIMEOUT = 'TIMEOUT',
  UNREACHABLE = 'UNREACHABLE',
  PRIVATE_ADDRESS = 'PRIVATE_ADDRESS',
  BAD_ADDRESS = 'BAD_ADDRESS',
}
registerEnumType(DeliveryProblemEnum, {
  name: 'WebhookDeliveryProblem',
  description: 'Why an attempt failed. New problems may be added.',
  valuesConfig: {
    STATUS: { description: 'It was answered with another status: `statusCode`.' },
    REDIRECT: { description: 'It was answered with a redirect, which is not followed.' },
    TIMEOUT: { description: 'It was not answered within 15 s.' },
    UNREACHABLE: { description: 'There was no connection, or it broke.' },
    PRIVATE_ADDRESS: { description: 'The name leads to an address that is not public: nothing was sent.' },
    BAD_ADDRESS: { description: 'The address may not be sent to any more: nothing was sent.' },
  },
})

export enum WebhookEndpointOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(WebhookEndpointOrderField, {
  name: 'WebhookEndpointOrderField',
  description: 'What webhook endpoints can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were set up.' },
    UPDATED_AT: { description: 'When their settings or state last changed.' },
  },
})

@InputType({ description: 'Order of a list of webhook endpoints.' })
export class WebhookEndpointOrder {
  @Field(() => WebhookEndpointOrderField, { description: 'By what.' })
  field!: WebhookEndpointOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

export enum WebhookDeliveryOrderField {
  ATTEMPTED_AT = 'ATTEMPTED_AT',
}
registerEnumType(WebhookDeliveryOrderField, {
  name: 'WebhookDeliveryOrderField',
  description: 'What webhook deliveries can be ordered by.',
  valuesConfig: { ATTEMPTED_AT: { description: 'When they were sent.' } },
})

@InputType({ description: 'Order of a list of webhook deliveries.' })
export class WebhookDeliveryOrder {
  @Field(() => WebhookDeliveryOrderField, { description: 'By what.' })
  field!: WebhookDeliveryOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}
