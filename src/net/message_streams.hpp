#pragma once
#include "net/message_stream.hpp"

/// Private to the room.
namespace tocsin::net {

Result<std::unique_ptr<MessageStream>> open_stomp(StreamOptions options);
Result<std::unique_ptr<MessageStream>> open_amqp(StreamOptions options);
Result<std::unique_ptr<MessageStream>> open_kafka(StreamOptions options);

}  // namespace tocsin::net
