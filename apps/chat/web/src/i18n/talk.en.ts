/** What is unread, what was said and changed, and looking for it. */
export const talkEn = {
  unread: (n: number) => (n === 1 ? '1 unread message' : `${n} unread messages`),
  elsewhere: (n: number) =>
    n === 1 ? '1 unread message in other rooms' : `${n} unread messages in other rooms`,

  change: 'Change this message',
  edit: 'Edit',
  edited: 'edited',
  editedAt: (time: string) => `Edited ${time}`,
  newText: 'New text of the message',
  save: 'Save',
  saving: 'Saving…',
  editHint: 'Enter saves · Esc cancels',
  delete: 'Delete',
  deleteTitle: 'Delete this message?',
  deleteNote: 'Everybody sees that a message was deleted here, and nobody what it said.',
  deletedByAuthor: 'This message was deleted.',
  deletedByOwner: 'This message was deleted by the owner of the room.',

  search: 'Search messages',
  searchKey: 'Search messages (Ctrl+K)',
  searchHint: 'Words of a message',
  inThisRoom: 'This room',
  inAllRooms: 'All rooms',
  where: 'Where to search',
  searchIdle: 'All of the words have to be in a message, in any order. A part of a word will do.',
  searching: 'Searching…',
  found: (n: number, more: boolean) =>
    `${n}${more ? ' or more' : ''} ${n === 1 && !more ? 'message' : 'messages'} found`,
  notFound: 'Nothing was found.',
  moreFound: 'Older ones',
  results: 'What was found',
  toPresent: 'Back to the newest messages',
  readingNewer: 'Reading on…',
  soughtGone: 'This message is not there any more.',
}
