import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql'
import { Allow, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { type Condition, readPage } from '../persistence/index.js'
import { findNode } from './nodes.js'
import { CUSTOMER_ID } from './parties.js'
import { Request } from './request.js'
import { CUSTOMER_COLUMNS, type CustomerRow } from './tenancy-loaders.js'
import { CustomerFilter, CustomerOrder, CustomerOrderField } from './tenancy-inputs.js'
import { CustomerConnection, CustomerType, toCustomer } from './tenancy-types.js'

@Resolver(() => CustomerType)
export class CustomerResolver {
  @Allow('customer:read')
  @Query(() => CustomerType, {
    nullable: true,
    description: 'A customer by its id; null when there is none that you may see.',
  })
  customer(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${CUSTOMER_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('customer:read')
  @Query(() => CustomerConnection, {
    nullable: true,
    description: 'Customers that you may see, the newest first.',
  })
  customers(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => CustomerFilter, { nullable: true, description: 'Which ones.' })
    filter: CustomerFilter | null,
    @Arg('orderBy', () => CustomerOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: CustomerOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<CustomerType>> {
    const order = orderBy ?? { field: CustomerOrderField.CREATED_AT, direction: OrderDirection.DESC }
    const byUpdate = order.field === CustomerOrderField.UPDATED_AT
    return readPage<CustomerRow, CustomerType>(request.reads, request.seals, {
      from: 'customers',
      columns: CUSTOMER_COLUMNS,
      where: customerConditions(request, filter),
      orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', order.direction),
      window: pageWindow(page),
      binding: request.cursorBinding('customers', order, filter),
      toEntry: toCustomer,
    })
  }
}

function customerConditions(request: Request, filter: CustomerFilter | null): Condition[] {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
  // The wall says so, too, but no index can serve it: who sees one of many would read past all the others.
  if (request.caller.customerId !== null) where.push({ sql: 'id = ?', value: request.caller.customerId })
  if (filter?.number != null) where.push({ sql: 'number = ?', value: filter.number })
  if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
  return where
}
