import { buildSchema } from '../../../dist/src/rooms.js'

/** Every list that can be ordered, in every order the API offers: read from the schema, so that a new one is covered the day it's there. */
export function ordersOfLists() {
  const schema = buildSchema()
  const owners = Object.values(schema.getTypeMap()).filter(
    type => type.getFields && type.getInterfaces && !type.name.startsWith('__'),
  )
  return owners.flatMap(owner =>
    Object.values(owner.getFields()).flatMap(field => {
      const order = field.args.find(arg => arg.name === 'orderBy')
      if (!order || !String(field.type).endsWith('Connection')) return []
      const { field: by, direction } = named(order.type).getFields()
      const directions = named(direction.type).getValues()
      return named(by.type)
        .getValues()
        .flatMap(({ name }) =>
          directions.map(each => ({
            owner: owner.name,
            field: field.name,
            order: { field: name, direction: each.name },
          })),
        )
    }),
  )
}

/** Without `!` and lists. By what it holds: the peers bring a GraphQL of their own, whose checks know no schema of ours. */
const named = type => (type.ofType ? named(type.ofType) : type)
