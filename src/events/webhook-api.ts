import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { type Condition, type ListQuery, readPage } from '../persistence/index.js'
import { Allow, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { publicId, uuidOf } from '../platform/ids.js'
import {
  APP_ID,
  AppInfo,
  CUSTOMER_ID,
  CustomerType,
  EventCursorScalar,
  EventInterface,
  findNode,
  pageOfParent,
  Request,
} from '../tenancy/index.js'
import { cursorAt } from './event-loaders.js'
import { WebhookDeliveryOrder, WebhookEndpointOrder, WebhookEndpointOrderField } from './webhook-enums.js'
import { WebhookDeliveryFilter, WebhookEndpointFilter } from './webhook-inputs.js'
import {
  DELIVERY_COLUMNS,
  type DeliveryRow,
  ENDPOINT_COLUMNS,
  type EndpointRow,
  newestDeliveries,
  WEBHOOK_DELIVERY_ID,
  WEBHOOK_ENDPOINT_ID,
} from './webhook-loaders.js'
import {
  toDelivery,
  toEndpoint,
  WebhookDeliveryConnection,
  WebhookDeliveryType,
  WebhookEndpointConnection,
  WebhookEndpointType,
} from './webhook-types.js'

const ORDER = { nullable: true, description: 'In which order; the newest first when omitted.' }
const FILTER = { nullable: true, description: 'Which ones.' }

@Resolver(() => WebhookEndpointType)
export class WebhookEndpointResolver {
  @Allow('webhook:read')
  @Query(() => WebhookEndpointType, {
    nullable: true,
    description: 'A webhook endpoint by its id; null when there is none that you may see.',
  })
  webhookEndpoint(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${WEBHOOK_ENDPOINT_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('webhook:read')
  @Query(() => WebhookEndpointConnection, {
    nullable: true,
    description:
      "Webhook endpoints that you may see: staff and services all of the provider's tenant, a customer and its services the customer's, an app its own.",
  })
  webhookEndpoints(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => WebhookEndpointFilter, FILTER) filter: WebhookEndpointFilter | null,
    @Arg('orderBy', () => WebhookEndpointOrder, ORDER) orderBy: WebhookEndpointOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<WebhookEndpointType>> {
    const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
    if (filter?.state != null) where.push({ sql: 'state = any (?::text[])', value: filter.state })
    if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
    const byUpdate = orderBy?.field === WebhookEndpointOrderField.UPDATED_AT
    return readPage<EndpointRow, WebhookEndpointType>(request.reads, request.seals, {
      from: 'webhook_endpoints',
      columns: ENDPOINT_COLUMNS,
      where,
      orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', orderBy?.direction ?? OrderDirection.DESC),
      window: pageWindow(page),
      binding: request.cursorBinding('webhookEndpoints', orderBy, filter),
      toEntry: toEndpoint,
    })
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'Whose events alone it sees; null where that is no one customer.',
  })
  customer(
    @Root() { customerId }: WebhookEndpointType,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return customerId === null ? Promise.resolve(null) : findNode(request, publicId(CUSTOMER_ID, customerId))
  }

  @FieldResolver(() => AppInfo, {
    nullable: true,
    description:
      'The app whose it is: it sees what its customers authorised for SUBSCRIBE (clause 8.2.1); null where it is no app’s.',
  })
  app(@Root() { appId }: WebhookEndpointType, @Ctx('request') request: Request): Promise<object | null> {
    return appId === null ? Promise.resolve(null) : findNode(request, publicId(APP_ID, appId))
  }

  @FieldResolver(() => EventCursorScalar, {
    description: 'Where it stands: all up to here was delivered, or is not for it.',
  })
  cursor(@Root() { position }: WebhookEndpointType, @Ctx('request') request: Request): string {
    return cursorAt(request, BigInt(position))
  }

  @FieldResolver(() => WebhookDeliveryConnection, {
    nullable: true,
    description: 'Attempts of the last 14 days, the newest first.',
  })
  deliveries(
    @Root() { uuid }: WebhookEndpointType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => WebhookDeliveryFilter, FILTER) filter: WebhookDeliveryFilter | null,
    @Arg('orderBy', () => WebhookDeliveryOrder, ORDER) orderBy: WebhookDeliveryOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<WebhookDeliveryType>> {
    const query = deliveriesOf(request, uuid, page, filter, orderBy)
    return pageOfParent(request, newestDeliveries, uuid, query, [filter, orderBy])
  }
}

@Resolver(() => WebhookDeliveryType)
export class WebhookDeliveryResolver {
  @Allow('webhook:read')
  @Query(() => WebhookDeliveryType, {
    nullable: true,
    description: 'An attempt by its id; null when there is none that you may see.',
  })
  webhookDelivery(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${WEBHOOK_DELIVERY_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('webhook:read')
  @Query(() => WebhookDeliveryConnection, {
    nullable: true,
    description: 'Attempts of the last 14 days to deliver to endpoints that you may see, the newest first.',
  })
  webhookDeliveries(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => WebhookDeliveryFilter, FILTER) filter: WebhookDeliveryFilter | null,
    @Arg('orderBy', () => WebhookDeliveryOrder, ORDER) orderBy: WebhookDeliveryOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<WebhookDeliveryType>> {
    return readPage(request.reads, request.seals, deliveriesOf(request, null, page, filter, orderBy))
  }

  @FieldResolver(() => WebhookEndpointType, { nullable: true, description: 'The endpoint it was sent to.' })
  endpoint(
    @Root() { endpointId }: WebhookDeliveryType,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return findNode(request, publicId(WEBHOOK_ENDPOINT_ID, endpointId))
  }

  @FieldResolver(() => EventInterface, {
    nullable: true,
    description: 'The event that was delivered; null when you may not see it, and for a test.',
  })
  event(
    @Root() { messageId }: WebhookDeliveryType,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return messageId.startsWith(WEBHOOK_DELIVERY_ID) ? Promise.resolve(null) : findNode(request, messageId)
  }
}

function deliveriesOf(
  request: Request,
  endpointUuid: string | null,
  page: PageArgs,
  filter: WebhookDeliveryFilter | null,
  orderBy: WebhookDeliveryOrder | null,
): ListQuery<DeliveryRow, WebhookDeliveryType> {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
  if (endpointUuid !== null) where.push({ sql: 'endpoint_id = ?::uuid', value: endpointUuid })
  // The walls would do; saying it as well leads PostgreSQL to the few endpoints that there are for them.
  else if (request.caller.customerId !== null || request.caller.appId !== null)
    where.push({
      sql: 'endpoint_id in (select id from webhook_endpoints where tenant_id = ?)',
      value: request.caller.tenantId,
    })
  // An id that can't be one looks like one that isn't there.
  if (filter?.endpointId != null)
    where.push({ sql: 'endpoint_id = ?::uuid', value: uuidOf(WEBHOOK_ENDPOINT_ID, filter.endpointId) })
  if (filter?.state != null) where.push({ sql: 'state = any (?::text[])', value: filter.state })
  if (filter?.attemptedAfter != null) where.push({ sql: 'attempted_at > ?', value: filter.attemptedAfter })
  return {
    from: 'webhook_deliveries',
    columns: DELIVERY_COLUMNS,
    where,
    orderBy: orderedBy('attemptedAt', orderBy?.direction ?? OrderDirection.DESC),
    window: pageWindow(page),
    binding: request.cursorBinding(
      endpointUuid === null ? 'webhookDeliveries' : `webhookDeliveries ${endpointUuid}`,
      orderBy,
      filter,
    ),
    toEntry: toDelivery,
  }
}
