import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class ATicketWaitsAndComesBack extends Migration {
  override up(): void {
    this.addSql(`alter table tickets
        add column covered boolean not null default true,
        add column software_product varchar(200) null,
        add column software_version varchar(100) null,
        add column software_environment varchar(200) null,
        add column support_category varchar(20) null,
        add column duplicate_of_id uuid null`)
    this.addSql('alter table tickets alter column covered drop default')
    this.addSql(
      'alter table tickets add constraint tickets_duplicate_of_id_fkey foreign key (tenant_id, customer_id, duplicate_of_id) references tickets (tenant_id, customer_id, id)',
    )
    // Short, and empty still: built at once.
    this.addSql(
      'create index tickets_duplicate_of_idx on tickets (tenant_id, duplicate_of_id) where duplicate_of_id is not null',
    )
    // A duty that was cancelled may begin anew: the fix of a ticket that is a fault again.
    this.addSql('alter table obligations add column round smallint not null default 1')
    this.addSql('alter table obligations alter column round drop default')

    this.addSql(`create table ticket_questions (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        ticket_id uuid not null,
        state varchar(10) not null,
        text text not null,
        answer text null,
        ended_at timestamptz(3) null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision int not null default 1,
        primary key (tenant_id, id)
      )`)
    this.addSql(
      'create index ticket_questions_ticket_idx on ticket_questions (tenant_id, ticket_id, created_at, id)',
    )
    this.addSql(
      'alter table ticket_questions add constraint ticket_questions_ticket_id_fkey foreign key (tenant_id, customer_id, ticket_id) references tickets (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('ticket_questions', { customer: 'customer_id', category: "'TICKET'" }))
      this.addSql(sql)
    this.addSql('grant select, insert, update on ticket_questions to surety_app')

    this.addSql(`create table ticket_acts (
        tenant_id uuid not null,
        id uuid not null,
        customer_id uuid not null,
        ticket_id uuid not null,
        type varchar(20) not null,
        state varchar(20) not null,
        kind varchar(20) not null,
        covered boolean not null,
        actor_kind varchar(10) not null,
        actor_id varchar(64) not null,
        at timestamptz(3) not null,
        claimed_at timestamptz(3) null,
        primary key (tenant_id, id)
      )`)
    this.addSql('create index ticket_acts_ticket_idx on ticket_acts (tenant_id, ticket_id, at, id)')
    this.addSql(
      'alter table ticket_acts add constraint ticket_acts_ticket_id_fkey foreign key (tenant_id, customer_id, ticket_id) references tickets (tenant_id, customer_id, id)',
    )
    // Walls are forced on the owner as well, and no migration works for any tenant: taken down for these statements alone.
    this.addSql('alter table tickets no force row level security')
    for (const sql of whatIsKnownOfOlderTickets()) this.addSql(sql)
    this.addSql('alter table tickets force row level security')
    for (const sql of customerOwned('ticket_acts', { customer: 'customer_id', category: "'TICKET'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on ticket_acts to surety_app')
  }
}

/** Of tickets from before there were acts it is known when they were reported, answered, solved and closed, and not by whom. */
function whatIsKnownOfOlderTickets(): string[] {
  const acts = [
    ['REPORTED', 'REPORTED', 'received_at'],
    ['RESPONDED', 'RESPONDED', 'responded_at'],
    ['RESOLVED', 'RESOLVED', 'resolved_at'],
    ['CLOSED', 'CLOSED', 'closed_at'],
  ] as const
  return acts.map(
    ([type, state, at]) =>
      `insert into ticket_acts (tenant_id, id, customer_id, ticket_id, type, state, kind, covered, actor_kind, actor_id, at)
       select tenant_id, gen_random_uuid(), customer_id, id, '${type}', '${state}', kind, true, 'system', 'surety', ${at} from tickets where ${at} is not null`,
  )
}
