import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import { Allow, payloadOf, type UserError } from '../platform/graphql/contract.js'
import { Request } from '../tenancy/index.js'
import type { WebhookEndpoint } from './webhook-endpoint.js'
import {
  WebhookEndpointCreateInput,
  WebhookEndpointDisableInput,
  WebhookEndpointEnableInput,
  WebhookEndpointRotateSecretInput,
  WebhookEndpointTestInput,
  WebhookEndpointUpdateInput,
  WebhookReplayInput,
} from './webhook-inputs.js'
import { deliveryById, endpointById } from './webhook-loaders.js'
import { toDelivery, toEndpoint, WebhookDeliveryType, WebhookEndpointType } from './webhook-types.js'
import {
  createEndpoint,
  disableEndpoint,
  enableEndpoint,
  type EndpointWithSecret,
  replayEndpoint,
  rotateEndpointSecret,
  testEndpoint,
  updateEndpoint,
} from './webhooks.js'

interface EndpointPayload {
  webhookEndpoint: () => Promise<WebhookEndpointType | null> | null
  userErrors: UserError[]
}

interface SecretPayload extends EndpointPayload {
  secret: string | null
}

interface TestPayload extends EndpointPayload {
  webhookDelivery: () => Promise<WebhookDeliveryType | null> | null
}

const ENDPOINT = {
  type: () => WebhookEndpointType,
  description: 'The endpoint as it is now; null when nothing happened.',
}

const endpointPayload = (mutation: string): ClassType<EndpointPayload> =>
  payloadOf<EndpointPayload>(mutation, { webhookEndpoint: ENDPOINT })

const secretPayload = (mutation: string): ClassType<SecretPayload> =>
  payloadOf<SecretPayload>(mutation, {
    webhookEndpoint: ENDPOINT,
    secret: {
      type: () => String,
      description:
        'The new secret, `whsec_…`, said this once. Null when a key is repeated (`extensions.replayed`): was the first answer lost, rotate.',
    },
  })

const CreatePayload = secretPayload('webhookEndpointCreate')
const UpdatePayload = endpointPayload('webhookEndpointUpdate')
const RotatePayload = secretPayload('webhookEndpointRotateSecret')
const DisablePayload = endpointPayload('webhookEndpointDisable')
const EnablePayload = endpointPayload('webhookEndpointEnable')
const ReplayPayload = endpointPayload('webhookReplay')
const TestPayloadType = payloadOf<TestPayload>('webhookEndpointTest', {
  webhookEndpoint: ENDPOINT,
  webhookDelivery: {
    type: () => WebhookDeliveryType,
    description: 'The test, PENDING; ask for it again to see what came of it. Null when nothing happened.',
  },
})

@Resolver()
export class WebhookMutations {
  @Allow('webhook:write')
  @Mutation(() => CreatePayload, {
    nullable: true,
    description:
      'Sets up an address that events are sent to, by Standard Webhooks 1.0, and says the secret that they are signed with, this once. It sees what you may see, judged anew at every attempt, with the purpose of your token where you are an app (clause 8.2.1, operation SUBSCRIBE). At most 50 are enabled of the provider’s people and services, 10 of each customer and 10 of each app. Needs `event:read` as well. Codes: BLANK, INVALID, REQUIRED, TOO_LONG, TOO_MANY.',
  })
  webhookEndpointCreate(
    @Arg('input', () => WebhookEndpointCreateInput, { description: 'The endpoint.' })
    input: WebhookEndpointCreateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SecretPayload> {
    requireOwner(request)
    return changeSecret(request, info, input, operation => createEndpoint(operation, input, request))
  }

  @Allow('webhook:write')
  @Mutation(() => UpdatePayload, {
    nullable: true,
    description:
      'Changes where to, what for, which types or how much is sent, felt within a second; what fails is tried again at once. Needs `event:read` as well. Codes: BLANK, INVALID, NOT_FOUND, REQUIRED, STALE_REVISION, TOO_LONG.',
  })
  webhookEndpointUpdate(
    @Arg('input', () => WebhookEndpointUpdateInput, { description: 'The endpoint, and what changes.' })
    input: WebhookEndpointUpdateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<EndpointPayload> {
    // Whoever points it elsewhere gets what it sees.
    request.allow('event:read')
    return change(request, info, input, operation => updateEndpoint(operation, input, request))
  }

  @Allow('webhook:write')
  @Mutation(() => RotatePayload, {
    nullable: true,
    description:
      'Gives an endpoint a new secret, said this once. For 24 hours both sign: deploy the new one meanwhile. Rotating again ends the older one at once. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  webhookEndpointRotateSecret(
    @Arg('input', () => WebhookEndpointRotateSecretInput, { description: 'The endpoint.' })
    input: WebhookEndpointRotateSecretInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SecretPayload> {
    return changeSecret(request, info, input, operation => rotateEndpointSecret(operation, input, request))
  }

  @Allow('webhook:write')
  @Mutation(() => DisablePayload, {
    nullable: true,
    description:
      'Sends nothing any more, within a second; the place is kept. Repeating it is harmless. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  webhookEndpointDisable(
    @Arg('input', () => WebhookEndpointDisableInput, { description: 'The endpoint.' })
    input: WebhookEndpointDisableInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<EndpointPayload> {
    return change(request, info, input, operation => disableEndpoint(operation, input, request))
  }

  @Allow('webhook:write')
  @Mutation(() => EnablePayload, {
    nullable: true,
    description:
      'Goes on where it stood, with what happened meanwhile; events past their 90 days are passed over. An endpoint of your own side (provider, customer, app) sees from now on what you may see. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG, TOO_MANY.',
  })
  webhookEndpointEnable(
    @Arg('input', () => WebhookEndpointEnableInput, { description: 'The endpoint.' })
    input: WebhookEndpointEnableInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<EndpointPayload> {
    requireOwner(request)
    return change(request, info, input, operation => enableEndpoint(operation, input, request))
  }

  @Allow('webhook:write')
  @Mutation(() => TestPayloadType, {
    nullable: true,
    description:
      'Sends `webhook_endpoint.test`, signed like everything else, once and whatever the state, beside the order of events. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async webhookEndpointTest(
    @Arg('input', () => WebhookEndpointTestInput, { description: 'The endpoint.' })
    input: WebhookEndpointTestInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TestPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => {
      const { endpoint, deliveryId } = await testEndpoint(operation, input, request)
      return { endpointId: endpoint.id, deliveryId }
    })
    return {
      webhookEndpoint: () => ids && endpointOf(request, ids.endpointId),
      webhookDelivery: () =>
        ids && request.load(deliveryById, ids.deliveryId).then(row => row && toDelivery(row)),
      userErrors,
    }
  }

  @Allow('webhook:write')
  @Mutation(() => ReplayPayload, {
    nullable: true,
    description:
      'Sends again what lies behind a cursor, in order and with the same ids, as far as it may be seen now; or passes over what an endpoint will never take. A cursor past its 90 days is INVALID. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  webhookReplay(
    @Arg('input', () => WebhookReplayInput, { description: 'The endpoint, and from where.' })
    input: WebhookReplayInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<EndpointPayload> {
    return change(request, info, input, operation => replayEndpoint(operation, input, request))
  }
}

/** Whose eyes an endpoint gets must be able to see, and must outlast a session in which a person and an app act together. */
function requireOwner(request: Request): void {
  request.allow('event:read')
  if (request.caller.appId !== null && request.caller.kind !== 'app')
    throw new Failure('FORBIDDEN', { messageKey: 'WEBHOOK_FOR_TWO' })
}

async function change(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<WebhookEndpoint>,
): Promise<EndpointPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    endpointId: (await work(operation)).id,
  }))
  return { webhookEndpoint: () => ids && endpointOf(request, ids.endpointId), userErrors }
}

/** The secret leaves beside the change and not with its remembered ids: a repeated key doesn't get it again. */
async function changeSecret(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<EndpointWithSecret>,
): Promise<SecretPayload> {
  let secret: string | null = null
  const { ids, userErrors } = await request.change(info, input, async operation => {
    const made = await work(operation)
    secret = made.secret
    return { endpointId: made.endpoint.id }
  })
  return {
    webhookEndpoint: () => ids && endpointOf(request, ids.endpointId),
    secret: ids && secret,
    userErrors,
  }
}

async function endpointOf(request: Request, uuid: string): Promise<WebhookEndpointType | null> {
  const row = await request.load(endpointById, uuid)
  return row && toEndpoint(row)
}
