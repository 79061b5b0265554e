#include "api/change_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

using testing::HasSubstr;
using testing::Not;

class Listener final : public net::EventSink {
  public:
    bool send(std::string event) override {
        heard += event;
        return open;
    }
    bool is_open() const override { return open; }
    void close() override { open = false; }

    std::string heard;
    bool open = true;
};

constexpr Timestamp now{1'000'000};

TEST(ChangeStream, TellsEveryListenerWhatChanged) {
    ChangeStream stream;
    auto const one = std::make_shared<Listener>();
    stream.join(one, "session", "", now);
    EXPECT_THAT(one->heard, HasSubstr("event: hello"));
    stream.publish("report", "501", "added", now);
    EXPECT_THAT(one->heard,
                HasSubstr("id: 1\nevent: report\ndata: {\"kind\":\"report\",\"id\":\"501\",\"change\":\"added\""));
}

TEST(ChangeStream, SendsAgainWhatWasMissed) {
    ChangeStream stream;
    for (int i = 1; i <= 5; ++i) stream.publish("finding", std::to_string(i), "changed", now);
    auto const back = std::make_shared<Listener>();
    stream.join(back, "session", "3", now);
    EXPECT_THAT(back->heard, Not(HasSubstr("id: 3\n")));
    EXPECT_THAT(back->heard, HasSubstr("id: 4\n"));
    EXPECT_THAT(back->heard, HasSubstr("id: 5\n"));
    EXPECT_THAT(back->heard, HasSubstr("\"change\":\"added\""));
}

TEST(ChangeStream, SaysSoWhenTooMuchWasMissedOrTheServerIsAnother) {
    ChangeStream stream;
    for (int i = 0; i < 1500; ++i) stream.publish("finding", "", "changed", now);
    for (auto const* last : {"3", "99999", "-1"}) {
        auto const back = std::make_shared<Listener>();
        stream.join(back, "session", last, now);
        EXPECT_THAT(back->heard, HasSubstr("\"kind\":\"hello\",\"id\":\"\",\"change\":\"removed\"")) << last;
    }
}

TEST(ChangeStream, EndsTheStreamsOfASessionThatLostItsRights) {
    ChangeStream stream;
    auto const gone = std::make_shared<Listener>();
    auto const other = std::make_shared<Listener>();
    stream.join(gone, "a", "", now);
    stream.join(other, "b", "", now);
    stream.close_for("a");
    EXPECT_FALSE(gone->open);
    EXPECT_TRUE(other->open);
    stream.publish("feed", "x/y", "changed", now);
    EXPECT_THAT(gone->heard, Not(HasSubstr("event: feed")));
    EXPECT_THAT(other->heard, HasSubstr("event: feed"));
}

}  // namespace
}  // namespace tocsin::api
