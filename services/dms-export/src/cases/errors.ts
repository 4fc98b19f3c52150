import { defineErrors } from '@ozg-hub/core';

/** What can be wrong with later documents of a case and with orders to it. */
export const caseErrors = defineErrors({
  HUB_DMS_CASE_UNKNOWN: {
    class: 'never',
    status: 409,
    title: 'The hub does not know the Vorgang of this case in the DMS: nothing that came before has given its id.',
    action:
      'Have the first application of the case filed, or settle its delivery with the object id of the Vorgang; where ' +
      'it was filed otherwise, give the id with `ozg-hub cases link`. Then replay.',
  },
  HUB_DMS_CASE_UNANSWERED: {
    class: 'never',
    status: 409,
    title:
      'What belongs to this case needs the id of its Vorgang, and the DMS tells no ids: the target has no "replies".',
    action:
      'File the document by hand and settle the delivery, or give the id with `ozg-hub cases link` and replay. For the ' +
      'next ones set "replies" of the target, or "ablage.xdomea.nachreichung" of the blueprint to 0401.',
  },
  HUB_DMS_ERASED: {
    class: 'never',
    status: 410,
    title: 'The application was erased, and the notice with it, before the notice was filed.',
    action: 'Cancel the delivery: there is nothing left that could be filed.',
  },
  HUB_DMS_NOTHING_TO_FILE: {
    class: 'never',
    status: 422,
    title: 'The submission has nothing that the filing rules pass on and the DMS does not have yet.',
    action:
      'Settle the delivery where the DMS has everything; else pass the Fachdaten on (fachdatenXml) and replay with the ' +
      'current directory, or cancel.',
  },
  HUB_DMS_CASE_NOT_FOUND: {
    class: 'never',
    status: 404,
    title: 'There is no such case.',
    action: 'Give the id of a submission or the case id of the source; check that the key may see its municipality.',
  },
  HUB_DMS_CASE_AMBIGUOUS: {
    class: 'never',
    status: 409,
    title: 'Several cases have this id.',
    action: 'Give the id of the first submission of the case.',
  },
  HUB_DMS_CASE_TARGET: {
    class: 'never',
    status: 409,
    title: 'The target is not one that takes messages of xdomea.',
    action: 'Do it in the DMS itself, or name another target of the municipality.',
  },
  HUB_DMS_CASE_CLOSED: {
    class: 'never',
    status: 409,
    title: 'The case is closed (zdA), or an order to close it is on its way: the DMS changes nothing in it any more.',
    action: 'Lift the closing in the DMS, then repeat the order and say that the case is reopened.',
  },
  HUB_DMS_ORDER_NOT_FOR_DMS: {
    class: 'never',
    status: 409,
    title: 'By the filing rules this DMS is not told of that.',
    action: 'Change "ablage.xdomea" of the blueprint if the DMS takes such messages.',
  },
  HUB_DMS_ORDER_DIFFERS: {
    class: 'never',
    status: 409,
    title: 'An order with this id was given before, and it says something else.',
    action: 'Repeat the order with an id of its own.',
  },
});
