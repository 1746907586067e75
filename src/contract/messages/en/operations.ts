/** What operators should look at, by code, and what follows from what they do. */
export const operations = {
  warnings: {
    QUEUE_NO_CONSUMER: {
      message: 'Nobody takes from {queue}: {ready} {ready:message waits|messages wait}.',
      hint: 'Start a worker that takes this queue: `zincir worker`.',
    },
    QUEUE_WAIT_LONG: {
      message: 'The first task of {queue} has waited for {seconds} s, longer than {limit} s.',
      hint: 'Add workers or slots, or raise ZINCIR_QUEUE_WAIT_WARNING_SECONDS.',
    },
    DEAD_LETTERS: {
      message: '{queue} holds {ready} {ready:message|messages} that no worker could take.',
      hint: 'Look at them; then move them back, or purge the queue. Tasks that still have to run get a new message by themselves.',
    },
    BROKER_AWAY: {
      message: 'The broker does not answer: {detail}.',
      hint: 'Nothing is lost: steps wait in the database. Check ZINCIR_BROKER_URL with `zincir doctor`.',
    },
    BROKER_BLOCKED: {
      message: 'The broker takes no messages: {reason}.',
      hint: 'Give its machine memory or disk; publishing goes on by itself.',
    },
    MANAGEMENT_UNREACHABLE: {
      message: "RabbitMQ's management API cannot be reached at {url}: {detail}. The figures are the database's.",
      hint: 'Run `rabbitmq-plugins enable rabbitmq_management` on the broker, or set ZINCIR_RABBITMQ_API_URL.',
    },
    MANAGEMENT_REFUSES: {
      message: "RabbitMQ's management API at {url} refuses our user ({detail}). The figures are the database's.",
      hint: 'Give the user the tag `monitoring`, or put another user and password into ZINCIR_RABBITMQ_API_URL.',
    },
    MANAGEMENT_SLOW: {
      message:
        "RabbitMQ's management API at {url} has not answered within {seconds} s. The figures are the database's.",
      hint: 'Look at the load of the broker; work goes on meanwhile.',
    },
    MANAGEMENT_RUBBISH: {
      message: "What answers at {url} is not RabbitMQ's management API: {detail}. The figures are the database's.",
      hint: 'Set ZINCIR_RABBITMQ_API_URL to its address, such as http://host:15672.',
    },
  },
  purged: {
    steps: {
      message: '{messages} {messages:message|messages} removed from {queue}.',
      hint: 'Their tasks still wait in the database and get new messages within some minutes. To stop tasks, revoke them.',
    },
    dead: {
      message: '{messages} {messages:message|messages} removed from {queue}.',
      hint: 'Tasks that still have to run get a new message by themselves.',
    },
    moved: {
      message: '{messages} {messages:message|messages} went back to where they came from.',
      hint: 'What came from no queue, or from one that is gone, stays in {queue}.',
    },
  },
};
