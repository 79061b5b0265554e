#include "base/late_library.hpp"

#include <gmock/gmock.h>

namespace tocsin {
namespace {

TEST(LateLibrary, OpensWhatIsThereAndNamesWhatIsNot) {
    EXPECT_TRUE(open_late_library("libm.so.6"));
    EXPECT_TRUE(open_late_library("libm.so.6")) << "twice is once";
    auto const missing = open_late_library("libtocsin-nowhere.so");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::unavailable);
    EXPECT_THAT(missing.error().message, testing::HasSubstr("libtocsin-nowhere.so"));
}

}  // namespace
}  // namespace tocsin
