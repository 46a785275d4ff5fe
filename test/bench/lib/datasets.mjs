import { clone, prepareLoading } from './clone.mjs'

/** What the ids are of. */
const [TENANT, CUSTOMER, AGREEMENT, VERSION, TICKET, OBLIGATION, INVOICE, LINE, FEE] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9,
]
const id = (kind, n) => `pg_temp.bench_id(${kind}, ${n})`

/** The reference data of the speed figures: 200 tenants, 10,000 agreements, 300,000 tickets, 120,000 invoices. */
export const REFERENCE = { tenants: 200, customers: 10, agreements: 50, tickets: 30, invoices: 12, openTickets: 2 }
/** The same in small, for a look at whether everything runs. */
export const SMALL = { ...REFERENCE, tenants: 10 }

export const slugOf = number => `bench-${number}`

/**
 * Tenants alike: each with so many customers, and so many agreements among them, each of those with so many tickets (two
 * obligations each) and invoices. What comes of the demo: the retailer's agreement in force, a ticket that was answered
 * and one that wasn't, an invoice that is open.
 */
export async function loadTenants(client, shape, progress = () => undefined) {
  const { tenants, customers, agreements, tickets = 0, invoices = 0, openTickets = 0, obligations = true } = shape
  const step = async (table, what) => {
    const startedAt = performance.now()
    const count = await clone(client, table, what)
    progress(`${table}: ${count.toLocaleString('en')} rows in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  }
  await prepareLoading(client)
  const all = (total, alias = 'n') => `generate_series(1, ${total}) as ${alias}`
  const retail = `agreement_id = (select id from agreements where number = 'YZ-2026-001')`
  await step('tenants', {
    model: `slug = 'demo'`,
    source: all(tenants),
    columns: { id: id(TENANT, 'n'), slug: `'bench-' || n`, name: `'云舟智服 ' || n` },
  })
  await step('event_heads', {
    model: 'true',
    source: all(tenants),
    columns: { tenant_id: id(TENANT, 'n'), sequence: '0' },
  })
  const ofCustomer = c => id(TENANT, `(${c} - 1) / ${customers} + 1`)
  await step('customers', {
    model: `number = 'C-001'`,
    source: all(tenants * customers),
    columns: {
      tenant_id: ofCustomer('n'),
      id: id(CUSTOMER, 'n'),
      number: `'C-' || n`,
      name: `'江南百货 ' || n`,
      created_at: `model.created_at - make_interval(secs => n % 86400)`,
      updated_at: `model.created_at - make_interval(secs => n % 86400)`,
    },
  })
  // Agreement a is the tenant's (a - 1) % agreements'th, and belongs to its customers in turn.
  const tenantOf = a => `((${a} - 1) / ${agreements})`
  const owner = a => ({
    tenant_id: id(TENANT, `${tenantOf(a)} + 1`),
    customer_id: id(CUSTOMER, `${tenantOf(a)} * ${customers} + (${a} - 1) % ${customers} + 1`),
  })
  const total = tenants * agreements
  await step('agreements', {
    model: `number = 'YZ-2026-001'`,
    source: all(total),
    columns: {
      ...owner('n'),
      id: id(AGREEMENT, 'n'),
      number: `'YZ-' || n`,
      created_at: `model.created_at - make_interval(hours => (n % 8760)::int)`,
      updated_at: `model.updated_at - make_interval(hours => (n % 8760)::int)`,
    },
  })
  await step('agreement_versions', {
    model: retail,
    source: all(total),
    columns: { ...owner('n'), id: id(VERSION, 'n'), agreement_id: id(AGREEMENT, 'n') },
  })
  await step('fee_schedules', {
    model: retail,
    source: all(total),
    columns: { ...owner('n'), id: id(FEE, 'n'), agreement_id: id(AGREEMENT, 'n'), version_id: id(VERSION, 'n') },
  })
  if (tickets > 0) await loadTickets(step, { total, tickets, openTickets, obligations, owner, retail })
  if (invoices > 0) await loadInvoices(step, { total, tenants, agreements, invoices, owner, retail })
  // The directory's own word that it has changed; triggers were asleep.
  await client.query('update directory_state set version = version + 1')
}

async function loadTickets(step, { total, tickets, openTickets, obligations, owner, retail }) {
  const agreement = `((n - 1) / ${tickets} + 1)`
  const ordinal = `((n - 1) % ${tickets} + 1)`
  // Spread over half a year and no two of an agreement at once.
  const at = `model.created_at - make_interval(mins => ((${tickets} - ${ordinal}) * 8640 + n % 8000)::int)`
  const open = `(n - 1) % ${tickets} >= ${tickets - openTickets}`
  const series = `(select n from generate_series(1, ${total * tickets}) as n where`
  const columns = {
    ...owner(agreement),
    id: id(TICKET, 'n'),
    agreement_id: id(AGREEMENT, agreement),
    version_id: id(VERSION, agreement),
    number: ordinal,
    subject: `model.subject || ' ' || n`,
    reporter_id: 'null',
    client_id: 'null',
    created_at: at,
    received_at: at,
    updated_at: `${at} + interval '2 hours'`,
  }
  const closed = `state = 'RESOLVED' and ${retail}`
  const reported = `state = 'REPORTED'`
  if (tickets > openTickets)
    await step('tickets', {
      model: closed,
      source: `${series} not (${open})) as s`,
      columns: { ...columns, responded_at: `${at} + interval '1 hour'`, resolved_at: `${at} + interval '2 hours'` },
    })
  if (openTickets > 0) await step('tickets', { model: reported, source: `${series} ${open}) as s`, columns })
  await step('agreement_numbers', {
    model: `kind = 'TICKET'`,
    source: `generate_series(1, ${total}) as n`,
    columns: { ...owner('n'), agreement_id: id(AGREEMENT, 'n'), last: String(tickets) },
  })
  if (!obligations) return
  for (const [index, kind] of ['FAULT_RESPONSE', 'FAULT_FIX'].entries()) {
    const of = {
      ...owner(agreement),
      id: id(OBLIGATION, `n * 2 + ${index}`),
      agreement_id: id(AGREEMENT, agreement),
      version_id: id(VERSION, agreement),
      subject_id: id(TICKET, 'n'),
    }
    const past = `model.started_at - make_interval(mins => ((${tickets} - ${ordinal}) * 8640 + n % 8000)::int)`
    const first = { tenant_id: of.tenant_id, customer_id: of.customer_id, obligation_id: of.id }
    await step('obligation_clock_events', {
      model: `type = 'STARTED'`,
      source: `generate_series(1, ${total * tickets}) as n`,
      columns: { ...first, ordinal: '0' },
    })
    if (tickets > openTickets) {
      await step('obligation_clock_events', {
        model: `type = 'STOPPED'`,
        source: `${series} not (${open})) as s`,
        columns: { ...first, ordinal: '1' },
      })
      await step('obligations', {
        model: `kind = '${kind}' and state = 'MET'`,
        source: `${series} not (${open})) as s`,
        columns: {
          ...of,
          started_at: past,
          due_at: `${past} + (model.due_at - model.started_at)`,
          stopped_at: `${past} + interval '1 minute'`,
          created_at: past,
          updated_at: past,
        },
      })
    }
    if (openTickets === 0) continue
    // Due long after any run, so that none falls due under a measurement.
    const due = `model.due_at + interval '1 year' + make_interval(secs => n % 1000000)`
    await step('obligations', {
      model: `kind = '${kind}' and state = 'RUNNING'`,
      source: `${series} ${open}) as s`,
      columns: { ...of, due_at: due },
    })
    await step('alarms', {
      model: `kind = 'obligation.due'`,
      source: `${series} ${open}) as s`,
      columns: {
        tenant_id: owner(agreement).tenant_id,
        subject_id: id(OBLIGATION, `n * 2 + ${index}`),
        due_at: due,
        next_at: due,
        attempts: '0',
      },
    })
  }
}

async function loadInvoices(step, { total, tenants, agreements, invoices, owner, retail }) {
  const agreement = `((n - 1) / ${invoices} + 1)`
  const ordinal = `((n - 1) % ${invoices} + 1)`
  const perTenant = agreements * invoices
  const at = `model.created_at - make_interval(mins => ((${invoices} - ${ordinal}) * 43200 + n % 40000)::int)`
  await step('invoices', {
    model: `state = 'ISSUED' and ${retail}`,
    source: `generate_series(1, ${total * invoices}) as n`,
    columns: {
      ...owner(agreement),
      id: id(INVOICE, 'n'),
      agreement_id: id(AGREEMENT, agreement),
      fee_schedule_id: id(FEE, agreement),
      number: `(n - 1) % ${perTenant} + 1`,
      period_number: ordinal,
      total: `model.total + n % 1000`,
      created_at: at,
      updated_at: at,
      issued_on: `(${at})::date`,
      dated_on: `(${at})::date`,
    },
  })
  await step('invoice_lines', {
    model: 'true',
    source: `generate_series(1, ${total * invoices}) as n`,
    columns: { ...owner(agreement), id: id(LINE, 'n'), invoice_id: id(INVOICE, 'n') },
  })
  await step('document_numbers', {
    model: `kind = 'INVOICE'`,
    source: `generate_series(1, ${tenants}) as n`,
    columns: { tenant_id: id(TENANT, 'n'), last: String(perTenant) },
  })
}
