/** What operators are told of workers. Answers to commands are kept as their codes. */
export const workers = {
  warnings: {
    WORKER_SILENT: {
      message: 'Nothing has been heard of {name} on {host} for {seconds} s.',
      hint: 'Look at its machine and start it again. Its steps run again on other workers when their leases end.',
    },
    WORKER_NAME_TWICE: {
      message: 'Two workers go by the name {name}: process {pid} on {host}, and process {otherPid} on {otherHost}.',
      hint: 'Give each a name of its own (ZINCIR_NODE_NAME). Until then only the first is shown and hears commands.',
    },
    WORKER_NAME_FOREIGN: {
      message: 'The name {name} tells of another machine than {host}, on which the worker runs.',
      hint: 'Name it after its machine: what follows the @ of ZINCIR_NODE_NAME should begin with {host}.',
    },
    WORKER_CLOCK_AHEAD: {
      message: 'The clock of {name} is {seconds} s ahead of the database’s.',
      hint: 'Let its machine keep time (NTP). Until then it goes by the database’s, and only its own log tells the wrong time.',
    },
    WORKER_CLOCK_BEHIND: {
      message: 'The clock of {name} is {seconds} s behind the database’s.',
      hint: 'Let its machine keep time (NTP). Until then it goes by the database’s, and only its own log tells the wrong time.',
    },
  },
  answers: {
    slots: 'It has {now} {now:slot|slots} now.',
    leastSlots: 'It has one slot, and keeps it.',
    mostSlots: 'It has {now} slots, the most that there can be.',
    quiet: 'It takes nothing new; what runs goes on.',
    resumed: 'It takes steps again.',
    stopping: 'It hands its running steps back and ends.',
    gone: 'It was gone before it could do that.',
    unknown: 'Its version does not know that command.',
  },
};
