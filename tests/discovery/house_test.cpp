#include "actors/discovery/house.hpp"
#include <gtest/gtest.h>
TEST(house, x) {}
