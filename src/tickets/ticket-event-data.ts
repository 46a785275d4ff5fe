import { declareData, flag, idOf, maybe, whole, word } from '../tenancy/index.js'
import { COMMENT_ID } from './ticket-comment.js'
import { QUESTION_ID } from './ticket-question.js'
import { TICKET_ID } from './ticket.js'

declareData('attachment', { stored: { byteSize: whole('How many bytes it has.') } })

const kind = word('What it is, such as FAULT or SUPPORT.')
const question = { questionId: idOf(QUESTION_ID, 'The question.') }
declareData('ticket', {
  reported: { number: whole('Its number within the agreement.'), kind },
  info_requested: question,
  info_provided: question,
  closed: { duplicateOfId: maybe(idOf(TICKET_ID, 'The older ticket that goes on in its place.')) },
  commented: { side: word('Whose: PROVIDER or CUSTOMER.'), commentId: idOf(COMMENT_ID, 'The message.') },
  reclassified: {
    from: word('What it was taken for.'),
    to: kind,
    covered: flag('Whether it is about software that is covered.'),
  },
})
