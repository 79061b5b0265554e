#include "formats/openioc/openioc.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace tocsin::formats::openioc {
namespace {

std::string harbour() {
    std::ifstream file(TOCSIN_SOURCE_DIR "/tests/fuzz/corpus/openioc_fuzz/harbour");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(OpenIoc, ItemsAreReadWithWhatTheyMean) {
    auto const read_all = read(harbour());
    ASSERT_TRUE(read_all) << read_all.error().message;
    ASSERT_EQ(read_all->size(), 1U);
    auto const& definition = read_all->front();
    EXPECT_EQ(definition.name, "Harbour loader");
    EXPECT_EQ(definition.author, "CIRT of Northland");
    EXPECT_EQ(definition.links, std::vector<std::string>{"threatgroup: Quay"});
    ASSERT_EQ(definition.items.size(), 4U);
    EXPECT_EQ(observable_of(definition.items[0]),
              (Observable{ObservableKind::md5, "098f6bcd4621d373cade4e832627b4f6"}));
    EXPECT_EQ(observable_of(definition.items[1]), (Observable{ObservableKind::domain, "quay.example"}));
    EXPECT_TRUE(definition.items[1].is_alternative);
    EXPECT_FALSE(definition.items[2].is_alternative);
    EXPECT_FALSE(observable_of(definition.items[3]));
}

TEST(OpenIoc, HostileFilesAreRefused) {
    EXPECT_EQ(read(R"(<!DOCTYPE ioc [<!ENTITY a "b">]><ioc/>)").error().message,
              "byte 0: a document type is not taken");
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "<a>";
    EXPECT_EQ(read(deep).error().code, Code::limit);
    EXPECT_EQ(read("<html/>").error().message, "expected an element OpenIOC or ioc");
    EXPECT_FALSE(read(harbour().substr(0, 900)));
    EXPECT_EQ(read(harbour(), {.items = 2}).error().code, Code::limit);
}

TEST(OpenIoc, IsRecognised) {
    EXPECT_TRUE(looks_like_openioc(harbour()));
    EXPECT_FALSE(looks_like_openioc("<!doctype html><p>"));
    EXPECT_FALSE(looks_like_openioc("openioc,1"));
}

}  // namespace
}  // namespace tocsin::formats::openioc
