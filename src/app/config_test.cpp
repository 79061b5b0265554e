#include "app/config.hpp"

#include "store/store.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace tocsin::app {
namespace {

TEST(Config, IsReadBySection) {
    auto const config =
        parse_config("data = '/srv/tocsin'\n[server]\nlisten = '127.0.0.1:9000'\n[mail]\nhold = false\n", "x.toml");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->data, "/srv/tocsin");
    EXPECT_EQ(config->listen, "127.0.0.1:9000");
    EXPECT_FALSE(config->hold_for_approval);
}

TEST(Config, NamesFileAndLineOfWhatIsWrong) {
    auto const unknown = parse_config("\n[server]\nlisten = 'x'\nport = 1\n", "x.toml");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().message, "x.toml:4: unknown key server.port; see docs/configuration.md");
    auto const wrong = parse_config("[mail]\nhold = 'yes'\n", "x.toml");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message, "x.toml:2: mail.hold must be true or false");
    auto const broken = parse_config("[mail\n", "x.toml");
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with("x.toml:1: ")) << broken.error().message;
    auto const curly = parse_config("[team]\nname = “Équipe”\n", "x.toml");
    ASSERT_FALSE(curly);
    EXPECT_EQ(curly.error().message, "x.toml:2: a character beyond ASCII outside of quotes");
}

TEST(Config, HasEveryKeyInItsManualAndNoOther) {
    auto const manual = store::read_file(TOCSIN_SOURCE_DIR "/docs/configuration.md");
    ASSERT_TRUE(manual);
    std::vector<std::string> told;
    for (auto const line : split(*manual, '\n'))
        if (line.starts_with("| `")) told.emplace_back(line.substr(3, line.find('`', 3) - 3));
    std::ranges::sort(told);
    auto keys = config_keys();
    std::ranges::sort(keys);
    EXPECT_EQ(told, keys);
}

}  // namespace
}  // namespace tocsin::app
