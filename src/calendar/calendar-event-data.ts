import { day, declareData, text, whole } from '../tenancy/index.js'

declareData('calendar', {
  published: {
    jurisdiction: text('Whose days they are, such as CN.'),
    number: whole("The version's number within the jurisdiction."),
    publishedFrom: day('The first day it says something of.'),
    publishedThrough: day('The last.'),
  },
})
