import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import {
  AGREEMENT_ID,
  AgreementType,
  softwareById,
  SoftwareType,
  toSoftware,
  recordConditions,
} from '../agreements/index.js'
import { obligationsOfSubject, ObligationType, toObligation } from '../obligations/index.js'
import { type ListQuery, readPage } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { publicId, uuidOf } from '../platform/ids.js'
import {
  CUSTOMER_ID,
  CustomerType,
  findNode,
  pageOfParent,
  personById,
  PersonType,
  Request,
  toPerson,
} from '../tenancy/index.js'
import { TicketOrderField } from './ticket-enums.js'
import { TicketFilter, TicketOrder } from './ticket-filter.js'
import { newestTicketsOf, TICKET_COLUMNS, type TicketRow } from './ticket-loaders.js'
import { searchConditions } from './ticket-search.js'
import { TICKET_ID, type TicketKind } from './ticket.js'
import { dutiesOf, FIXES, RESPONSES } from './ticket-clocks.js'
import { StatedSoftwareType, TicketConnection, TicketType, toTicket } from './ticket-types.js'

@Resolver(() => TicketType)
export class TicketResolver {
  @Allow('ticket:read')
  @Query(() => TicketType, {
    nullable: true,
    description: 'A ticket by its id; null when there is none that you may see.',
  })
  ticket(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${TICKET_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('ticket:read')
  @Query(() => TicketConnection, {
    nullable: true,
    description: 'Tickets that you may see, the newest first.',
  })
  tickets(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => TicketFilter, { nullable: true, description: 'Which ones.' })
    filter: TicketFilter | null,
    @Arg('orderBy', () => TicketOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: TicketOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<TicketType>> {
    return readPage(request.reads, request.seals, ticketQuery(request, page, filter, orderBy))
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement it is served under. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreement(@Root() ticket: TicketType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(AGREEMENT_ID, ticket.agreementId))
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'Who is served (乙方). Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  customer(@Root() ticket: TicketType, @Ctx('request') request: Request): Promise<object | null> {
    return findNode(request, publicId(CUSTOMER_ID, ticket.customerId))
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Who reported it; null when not said, or closed. Data category CONTACT.',
  })
  @Discloses('CONTACT')
  async reporter(@Root() ticket: TicketType, @Ctx('request') request: Request): Promise<PersonType | null> {
    if (ticket.reporterId === null) return null
    const row = await request.load(personById, ticket.reporterId)
    return row ? toPerson(row) : null
  }

  @FieldResolver(() => SoftwareType, {
    nullable: true,
    description:
      'The covered software it is about (clause 1.2.1); null when not said. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  async software(@Root() ticket: TicketType, @Ctx('request') request: Request): Promise<SoftwareType | null> {
    const row = ticket.softwareId && (await request.load(softwareById, ticket.softwareId))
    return row ? toSoftware(row) : null
  }

  @FieldResolver(() => StatedSoftwareType, {
    nullable: true,
    description: 'The software in the words of whoever reported it; null when it was not named so.',
  })
  softwareStated(@Root() ticket: TicketType): StatedSoftwareType | null {
    const { softwareProduct: product, softwareVersion: version, softwareEnvironment: environment } = ticket
    return product === null ? null : { product, version, environment }
  }

  @FieldResolver(() => [ObligationType], {
    nullable: true,
    description:
      'Its clocks, what falls due first in front; null when you may not see them. Data category BREACH.',
  })
  @Discloses('BREACH')
  async obligations(@Root() ticket: TicketType, @Ctx('request') request: Request): Promise<ObligationType[]> {
    return (await request.load(obligationsOfSubject, ticket.uuid)).map(toObligation)
  }

  @FieldResolver(() => ObligationType, {
    nullable: true,
    description:
      'The clock of the first answer that its kind asks for (clauses 2.3.1, 6.4.2, 7.2.1); null when there is none. Data category BREACH.',
  })
  @Discloses('BREACH')
  responseObligation(
    @Root() ticket: TicketType,
    @Ctx('request') request: Request,
  ): Promise<ObligationType | null> {
    return clockOf(ticket, request, RESPONSES)
  }

  @FieldResolver(() => ObligationType, {
    nullable: true,
    description: 'The clock of the fix (clause 2.3.1). Data category BREACH.',
  })
  @Discloses('BREACH')
  fixObligation(
    @Root() ticket: TicketType,
    @Ctx('request') request: Request,
  ): Promise<ObligationType | null> {
    return clockOf(ticket, request, FIXES)
  }

  @FieldResolver(() => ObligationType, {
    nullable: true,
    description: 'The running clock that falls due first. Data category BREACH.',
  })
  @Discloses('BREACH')
  async nextObligation(
    @Root() ticket: TicketType,
    @Ctx('request') request: Request,
  ): Promise<ObligationType | null> {
    const clocks = await request.load(obligationsOfSubject, ticket.uuid)
    const next = clocks.find(row => row.state === 'RUNNING')
    return next ? toObligation(next) : null
  }
}

@Resolver(() => AgreementType)
export class AgreementTicketsResolver {
  @FieldResolver(() => TicketConnection, {
    nullable: true,
    description: 'Its tickets that you may see, the newest first. Data category TICKET.',
  })
  @Discloses('TICKET')
  async tickets(
    @Root() agreement: AgreementType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => TicketFilter, { nullable: true, description: 'Which ones.' })
    filter: TicketFilter | null,
    @Arg('orderBy', () => TicketOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: TicketOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<TicketType> | null> {
    const query = ticketQuery(request, page, filter, orderBy, agreement.uuid)
    return pageOfParent(request, newestTicketsOf, agreement.uuid, query, [filter, orderBy])
  }
}

/** Filters that list values of a column. */
const ENUM_FILTERS = [
  ['kind', 'kind'],
  ['category', 'support_category'],
  ['priority', 'priority'],
  ['channel', 'channel'],
] as const

function ticketQuery(
  request: Request,
  page: PageArgs,
  filter: TicketFilter | null,
  orderBy: TicketOrder | null,
  agreementUuid: string | null = null,
): ListQuery<TicketRow, TicketType> {
  const order = orderBy ?? { field: TicketOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byUpdate = order.field === TicketOrderField.UPDATED_AT
  const where = recordConditions(request, filter, agreementUuid)
  for (const [name, column] of ENUM_FILTERS)
    if (filter?.[name] != null) where.push({ sql: `${column} = any (?::text[])`, value: filter[name] })
  if (filter?.search != null) where.push(...searchConditions(filter.search))
  if (filter?.covered != null) where.push({ sql: 'covered = ?', value: filter.covered })
  if (filter?.duplicateOfId != null)
    where.push({ sql: 'duplicate_of_id = ?::uuid', value: uuidOf(TICKET_ID, filter.duplicateOfId) })
  return {
    from: 'tickets',
    columns: TICKET_COLUMNS,
    where,
    orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`tickets ${agreementUuid ?? ''}`, order, filter),
    toEntry: toTicket,
  }
}

/** Of the clocks that its kind asks for, the one that holds: what was cancelled and begun anew is the newer one. */
async function clockOf(
  ticket: TicketType,
  request: Request,
  kinds: readonly string[],
): Promise<ObligationType | null> {
  const wanted = dutiesOf(ticket.kind as TicketKind).filter(kind => kinds.includes(kind))
  const clocks = (await request.load(obligationsOfSubject, ticket.uuid)).filter(row =>
    wanted.includes(row.kind),
  )
  const row = clocks.find(({ state }) => state !== 'CANCELLED') ?? clocks.at(-1)
  return row ? toObligation(row) : null
}
