import { Arg, Ctx, FieldResolver, ID, Query, Resolver } from 'type-graphql'
import { Allow, Node } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { findNode } from './nodes.js'
import { badInput, Request } from './request.js'
import { AppInfo, TenantInfo, toApp, toTenant } from './tenant-api.js'
import { appById, customerById, tenantById } from './tenancy-loaders.js'
import { CustomerType, ViewerType, toCustomer, toViewer } from './tenancy-types.js'

/** Most ids one `nodes` call takes, GitHub's figure. */
const MAX_NODES = 100

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Allow('viewer:read')
  @Query(() => ViewerType, { description: 'Who you are and what you may do.' })
  viewer(@Ctx('request') request: Request): ViewerType {
    return toViewer(request.caller)
  }

  @FieldResolver(() => TenantInfo, {
    nullable: true,
    description: 'The provider whose data you see.',
  })
  async tenant(@Ctx('request') request: Request): Promise<TenantInfo | null> {
    const row = await request.load(tenantById, request.caller.tenantId)
    return row && toTenant(row)
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'The one customer you are bound to; null for staff.',
  })
  async customer(@Ctx('request') request: Request): Promise<CustomerType | null> {
    const { customerId } = request.caller
    const row = customerId && (await request.load(customerById, customerId))
    return row ? toCustomer(row) : null
  }

  @FieldResolver(() => AppInfo, { nullable: true, description: 'The app that calls; null for others.' })
  async app(@Ctx('request') request: Request): Promise<AppInfo | null> {
    const row = request.caller.appId && (await request.load(appById, request.caller.appId))
    return row ? toApp(row) : null
  }

  @FieldResolver(() => DateTimeScalar, {
    description: 'The clock that decides: all deadlines are judged by it.',
  })
  async serverTime(@Ctx('request') request: Request): Promise<Date> {
    return request.now()
  }

  @Allow('node:read')
  @Query(() => Node, {
    nullable: true,
    description: 'Any object by its id; null when there is none that you may see.',
  })
  node(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return findNode(request, id)
  }

  @Allow('node:read')
  @Query(() => [Node], {
    nullable: 'items',
    description: `Objects by their ids, in their order, null where there is none that you may see; at most ${MAX_NODES}.`,
  })
  nodes(
    @Arg('ids', () => [ID], { description: `At most ${MAX_NODES} ids.` }) ids: string[],
    @Ctx('request') request: Request,
  ): Promise<(object | null)[]> {
    if (ids.length > MAX_NODES) throw badInput('TOO_MANY_IDS', { max: MAX_NODES })
    return Promise.all(ids.map(id => findNode(request, id)))
  }
}
